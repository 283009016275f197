package io.abelia.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Loads JSON Lines through a running node: each line is committed under a key of its own, so a load can be run again within a day. */
final class RemoteLoad {
    private static final long SHOW_EVERY = 1000;

    private static final long RIGHTS_NS = 10_000_000_000L;
    private static final long RETRY_NS = 50_000_000L;

    private final NodeClient client;
    private final @Nullable Path dir;
    private final boolean strict;

    RemoteLoad(final NodeClient client, final @Nullable Path dir, final boolean strict) {
        this.client = client;
        this.dir = dir;
        this.strict = strict;
    }

    int load(final Path file, final String hash) throws IOException {
        if (file.toString().endsWith(".csv")) {
            throw new UsageException("--node takes JSON Lines; load a CSV file into a directory with --dir");
        }
        long committed = 0;
        long before = 0;
        long bad = 0;
        long wanting = 0;
        try (Interruption interruption = new Interruption();
                LineReader reader = new LineReader(file)) {
            while (!interruption.isWanted() && reader.next()) {
                try {
                    final String answer = post(reader.text(), hash + ":" + reader.number());
                    if ("COMMITTED".equals(Json.object(answer).get("result"))) {
                        committed++;
                    } else {
                        before++;
                    }
                } catch (final NodeClient.RefusedException | IllegalArgumentException e) {
                    final String problem = file + " line " + reader.number() + ": " + e.getMessage();
                    if (strict) {
                        throw new CheckFailedException(problem);
                    }
                    if (e instanceof NodeClient.RefusedException refused && refused.mayPass()) {
                        wanting++;
                    } else {
                        bad++;
                    }
                    System.err.println("\rpassed over: " + problem);
                }
                if (reader.number() % SHOW_EVERY == 0) {
                    System.err.printf("\r%,d lines", reader.number());
                }
            }
            System.err.printf(
                    "\r%s: %,d transactions committed, %,d lines were done before, %,d bad lines passed over%n",
                    interruption.isWanted() ? "interrupted; run it again to go on" : "done", committed, before, bad);
            if (wanting > 0) {
                System.err.printf(
                        "%,d transactions were NOT committed: no node had the rights that they spend%n", wanting);
            }
            return interruption.isWanted() || wanting > 0 ? 1 : 0;
        }
    }

    /** Commits a line; what lacks rights of a bounded counter is sent again until they have come, or do not come. */
    private String post(final String line, final String key) throws IOException {
        final long startNs = System.nanoTime();
        while (true) {
            try {
                return client.post("/v1/transactions", line, key, dir);
            } catch (final NodeClient.RefusedException e) {
                if (!e.mayPass() || System.nanoTime() - startNs > RIGHTS_NS) {
                    throw e;
                }
                LockSupport.parkNanos(RETRY_NS);
            }
        }
    }
}
