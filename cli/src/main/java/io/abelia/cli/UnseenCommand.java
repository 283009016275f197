package io.abelia.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.abelia.engine.LogContents;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.observe.Change;
import io.abelia.node.ChangeJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Exports what a node has committed and its group has never seen. */
@Command(
        name = "unseen",
        mixinStandardHelpOptions = true,
        description = {
            "Prints the transactions in a directory's log that a node of the group has not applied, as JSON Lines: of a node that",
            "was removed or fenced, before its directory is emptied. Commit them again with: load FILE --node URL.",
            "Wait until the nodes of the group have equal digests first, or something may be committed twice.",
            "Idempotency keys are left out: who repeats the request of such a transaction commits it once more."
        })
final class UnseenCommand implements Callable<Integer> {
    @Mixin
    private final NodeClient client = new NodeClient();

    @Option(
            names = "--dir",
            required = true,
            paramLabel = "DIR",
            description = "Directory of the node that is out of its group.")
    private Path dir = Path.of("");

    @Option(names = "--node-dir", paramLabel = "DIR", description = "Directory of the --node, for its token.")
    private @Nullable Path nodeDirectory;

    private long transactions;
    private boolean incomplete;

    @Override
    public Integer call() throws IOException {
        final VectorClock seen = clock(String.valueOf(
                Json.object(client.get("/v1/digest", nodeDirectory)).get("clock")));
        try (JsonGenerator json =
                new JsonFactory().createGenerator(System.out).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)) {
            json.setRootValueSeparator(null);
            final long unused = LogContents.visit(dir, new Lines(json, seen));
        }
        System.err.printf("%,d transactions%n", transactions);
        return incomplete ? 1 : 0;
    }

    private static VectorClock clock(final String text) throws IOException {
        final VectorClock.Builder clock = VectorClock.builder();
        for (final Map.Entry<String, Object> entry : Json.object(text).entrySet()) {
            if (entry.getValue() instanceof Long seq) {
                clock.put(Long.parseUnsignedLong(entry.getKey(), 16), seq);
            }
        }
        return clock.build();
    }

    /** Writes what the log holds and the group has not seen. */
    private final class Lines implements LogContents.Visitor {
        private final JsonGenerator json;
        /** What the group has seen, and what was met in the log. */
        private final TreeMap<Long, Long> met = new TreeMap<>();

        Lines(final JsonGenerator json, final VectorClock seen) {
            this.json = json;
            seen.forEach(met::put);
        }

        /** What had been applied when a part of the log began has been seen by the group, or lies before it; else it was removed. */
        @Override
        public void onLaunch(final long position, final long origin, final VectorClock applied) {
            applied.forEach((other, seq) -> {
                if (met.getOrDefault(other, 0L) < seq) {
                    met.put(other, seq);
                    if (!incomplete) {
                        incomplete = true;
                        System.err.println(
                                "part of the log is gone: what the group has not seen of it is lost. The rest follows");
                    }
                }
            });
        }

        @Override
        public void onTransaction(
                final long position,
                final long origin,
                final long seq,
                final long hybridTime,
                final int bytes,
                final List<Change> changes) {
            if (met.getOrDefault(origin, 0L) >= seq) {
                return;
            }
            met.put(origin, seq);
            if (!ChangeJson.isWorthwhile(changes)) {
                return;
            }
            try {
                ChangeJson.write(json, changes);
                json.writeRaw('\n');
                transactions++;
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
