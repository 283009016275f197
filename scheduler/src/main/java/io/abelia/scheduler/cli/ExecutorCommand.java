package io.abelia.scheduler.cli;

import io.abelia.scheduler.http.ExecutorNode;
import io.abelia.scheduler.model.Capabilities;
import io.abelia.scheduler.model.JobFilter;
import io.abelia.scheduler.model.Level;
import io.abelia.scheduler.model.Location;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs an executor. */
@Command(name = "executor", description = "Runs an executor: runs WASM jobs for brokers.")
final class ExecutorCommand implements Callable<Integer> {
    private static final Path BATTERY = Path.of("/sys/class/power_supply/BAT0/capacity");

    @Mixin
    private NodeFlags node = new NodeFlags();

    @Option(names = "--brokers", split = ",", description = "URLs of brokers, the first one first")
    private List<String> brokers = List.of();

    @Option(names = "--discover", description = "find brokers by multicast DNS")
    private boolean discover;

    @Option(names = "--memory", defaultValue = "512", description = "MiB for jobs (${DEFAULT-VALUE})")
    private long memoryMb;

    @Option(names = "--disk", defaultValue = "1024", description = "MiB for jobs (${DEFAULT-VALUE})")
    private long diskMb;

    @Option(names = "--cores", description = "processors for jobs; by default all")
    private int cores = Runtime.getRuntime().availableProcessors();

    @Option(names = "--megahertz", defaultValue = "2000", description = "frequency of a processor (${DEFAULT-VALUE})")
    private int megahertz;

    @Option(names = "--label", description = "a label; may be repeated")
    private Set<String> labels = new TreeSet<>();

    @Option(names = "--resource", description = "a countable resource, NAME=COUNT; may be repeated")
    private Map<String, Long> resources = new TreeMap<>();

    @Option(names = "--location", description = "LATITUDE,LONGITUDE in degrees")
    private @Nullable String location;

    @Option(names = "--kinds", split = ",", description = "kinds of job that it takes; by default all")
    private Set<String> kinds = Set.of();

    @Override
    public Integer call() throws Exception {
        final Location place = place();
        final ExecutorNode executor = new ExecutorNode(
                node.options(),
                node.brokers(brokers, discover),
                () -> new Capabilities(
                        memoryMb,
                        diskMb,
                        cores,
                        megahertz,
                        Math.min(
                                1,
                                Math.max(
                                        0,
                                        ManagementFactory.getOperatingSystemMXBean()
                                                        .getSystemLoadAverage()
                                                / Runtime.getRuntime().availableProcessors())),
                        battery(),
                        labels,
                        resources,
                        place),
                new JobFilter(kinds, Level.LOW, Set.of()));
        return NodeFlags.serve("executor " + node.id, executor.port(), executor);
    }

    private @Nullable Location place() {
        final String text = location;
        if (text == null) {
            return null;
        }
        final String[] parts = text.split(",", -1);
        if (parts.length != 2) {
            throw new IllegalArgumentException("--location is LATITUDE,LONGITUDE, such as 48.2,16.37, not " + text);
        }
        return new Location(Double.parseDouble(parts[0]), Double.parseDouble(parts[1]));
    }

    /** Charge of this machine's battery; null where there is none. */
    private static @Nullable Double battery() {
        try {
            return Double.parseDouble(Files.readString(BATTERY).strip()) / 100;
        } catch (final java.io.IOException | NumberFormatException e) {
            return null; // it runs on mains
        }
    }
}
