package io.abelia.coordination;

import io.abelia.coordination.member.MemberProcess;
import io.abelia.coordination.member.Members;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Three members, each in a process of its own, so that it can be killed. */
final class MemberProcesses implements AutoCloseable {
    private static final int COUNT = 3;
    private static final long STOP_S = 10;

    private final Path directory;
    private final Members members = Group.freeMembers(COUNT);
    private final Map<Integer, Process> processes = new HashMap<>();

    MemberProcesses(final Path directory) throws IOException {
        this.directory = directory;
        for (int member = 0; member < COUNT; member++) {
            processes.put(member, launch(member));
        }
    }

    Members members() {
        return members;
    }

    /** Kills a member, and launches it again from its directory. */
    void kill(final int member) throws IOException, InterruptedException {
        processes.get(member).destroyForcibly().waitFor();
        processes.put(member, launch(member));
    }

    private Process launch(final int number) throws IOException {
        Path at = Path.of("").toAbsolutePath();
        while (!Files.exists(at.resolve("config/jvm.options"))) {
            at = at.getParent();
        }
        final StringBuilder text = new StringBuilder();
        members.hosts()
                .forEach((member, host) ->
                        text.append(text.isEmpty() ? "" : ",").append(member + "=" + host.host() + ":" + host.port()));
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "@" + at.resolve("config/jvm.options"),
                        "-ea",
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        MemberProcess.class.getName(),
                        text.toString(),
                        Integer.toString(number),
                        directory.resolve("m" + number).toString(),
                        "unforced",
                        "backoff",
                        "1000")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    @Override
    public void close() throws IOException {
        for (final Process process : processes.values()) {
            process.getOutputStream().close(); // a member that ends by itself takes its files in shared memory away
        }
        try {
            for (final Process process : processes.values()) {
                if (!process.waitFor(STOP_S, TimeUnit.SECONDS)) {
                    process.destroyForcibly().waitFor();
                }
            }
        } catch (final InterruptedException e) {
            processes.values().forEach(Process::destroyForcibly);
            Thread.currentThread().interrupt();
        }
    }
}
