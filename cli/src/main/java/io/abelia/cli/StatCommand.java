package io.abelia.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows what a node does, again and again. */
@Command(
        name = "stat",
        mixinStandardHelpOptions = true,
        description = {
            "Shows a node every second: its peers with what they lack and what this node lacks of theirs, repairs, back-pressure,",
            "causal buffer, rates a second, and frames that were refused."
        })
final class StatCommand implements Callable<Integer> {
    private static final long SECOND_NS = 1_000_000_000L;

    @Mixin
    private final NodeClient client = new NodeClient();

    @Option(names = "--dir", paramLabel = "DIR", description = "Directory of the node, for its token.")
    private @Nullable Path dir;

    @Option(names = "--once", description = "Show it once.")
    private boolean once;

    @Option(names = "--json", description = "Print the status as JSON, once.")
    private boolean json;

    private Map<String, Long> before = new TreeMap<>();
    private long beforeNs;

    @Override
    public Integer call() throws IOException {
        if (json) {
            System.out.println(client.get("/v1/status", dir));
            return 0;
        }
        try (Interruption interruption = new Interruption()) {
            do {
                show(Json.object(client.get("/v1/status", dir)));
                if (!once) {
                    LockSupport.parkNanos(SECOND_NS);
                }
            } while (!once && !interruption.isWanted());
        }
        return 0;
    }

    private static Map<?, ?> map(final Map<String, Object> status, final String name) {
        return status.get(name) instanceof Map<?, ?> map ? map : Map.of();
    }

    private static long number(final @Nullable Object value) {
        return value instanceof Long number ? number : 0;
    }

    private void show(final Map<String, Object> status) {
        final long nowNs = System.nanoTime();
        final Map<String, Long> now = new TreeMap<>();
        for (final String group : List.of("engine", "transport")) {
            map(status, group).forEach((label, value) -> {
                if (value instanceof Long number) {
                    now.put(String.valueOf(label), number);
                }
            });
        }
        System.out.printf(
                "node %s  %s  epoch %s  members %s  %s%n",
                status.get("node"),
                Boolean.TRUE.equals(status.get("ready")) ? "ready" : "NOT READY: " + status.get("unready"),
                status.get("epoch"),
                status.get("members"),
                status.get("protection"));
        if (status.get("peers") instanceof List<?> peers) {
            for (final Object peer : peers) {
                if (peer instanceof Map<?, ?> fields) {
                    System.out.printf(
                            "  peer %-6s heard %,8d ms ago  it lacks %,10d  lacking here %,10d%s%n",
                            fields.get("node"),
                            number(fields.get("heardMsAgo")),
                            number(fields.get("itLacks")),
                            number(fields.get("hereLacks")),
                            Boolean.TRUE.equals(fields.get("joined")) ? "" : "  joining");
                }
            }
        }
        rate(now, nowNs, "commits");
        rate(now, nowNs, "remote transactions applied");
        rate(now, nowNs, "bytes sent");
        rate(now, nowNs, "bytes received");
        System.out.printf("  %-46s %,14d%n", "repair requests", number(status.get("repairRequests")));
        now.forEach((label, value) -> {
            if (value != 0 && !label.endsWith("bytes") && !label.startsWith("bytes")) {
                System.out.printf("  %-46s %,14d%n", label, value);
            }
        });
        System.out.println();
        before = now;
        beforeNs = nowNs;
    }

    private void rate(final Map<String, Long> now, final long nowNs, final String label) {
        if (!before.isEmpty()) {
            final long more = now.getOrDefault(label, 0L) - before.getOrDefault(label, 0L);
            System.out.printf("  %-46s %,14d%n", label + " a second", more * SECOND_NS / Math.max(1, nowNs - beforeNs));
        }
    }
}
