package io.abelia.bench.suite;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What was measured on. */
final class Environment {
    private Environment() {}

    static Map<String, String> describe() {
        final Map<String, String> facts = new LinkedHashMap<>();
        facts.put("cpu", line("/proc/cpuinfo", "model name"));
        facts.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        facts.put("memory", line("/proc/meminfo", "MemTotal"));
        facts.put("kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        facts.put("virtualised", line("/proc/cpuinfo", "flags").contains("hypervisor") ? "yes" : "not visibly");
        facts.put("jdk", System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
        facts.put(
                "flags",
                String.join(
                        " ",
                        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                                .filter(argument -> argument.startsWith("-X"))
                                .toList()));
        facts.put(
                "revision",
                command("git", "-C", System.getProperty("abelia.home", "."), "rev-parse", "--short", "HEAD"));
        facts.put("load before", firstLine("/proc/loadavg"));
        return facts;
    }

    private static String line(final String file, final String beginning) {
        try {
            return Files.readAllLines(Path.of(file)).stream()
                    .filter(text -> text.startsWith(beginning))
                    .findFirst()
                    .map(text -> text.substring(text.indexOf(':') + 1).strip())
                    .orElse("unknown");
        } catch (final IOException e) {
            return "unknown";
        }
    }

    private static String firstLine(final String file) {
        try {
            return Files.readAllLines(Path.of(file)).get(0);
        } catch (final IOException e) {
            return "unknown";
        }
    }

    /** What a command says, in one line; "unknown" if there is no such command. */
    static String command(final String... words) {
        try {
            final Process process = new ProcessBuilder(words)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            final String text =
                    new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            final boolean ended = process.waitFor(10, TimeUnit.SECONDS);
            return ended && process.exitValue() == 0
                    ? text.lines().findFirst().orElse("unknown").strip()
                    : "unknown";
        } catch (final IOException e) {
            return "unknown";
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            return "unknown";
        }
    }
}
