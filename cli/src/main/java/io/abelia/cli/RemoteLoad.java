package io.abelia.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Loads JSON Lines through a running node, some hundred lines a request: each line is committed for itself, under a key of its own, so a load
 * can be run again within a day.
 */
final class RemoteLoad {
    private static final long SHOW_EVERY = 10_000;
    private static final int MAX_LINES = 500;
    private static final int MAX_CHARS = 500_000;
    /** With a batch in front of it, what a request may have. */
    private static final int MAX_LINE_BYTES = 2 << 20;

    private static final int CONFLICT = 409;
    private static final int UNAVAILABLE = 503;
    private static final String NO_TEXT = "";

    private static final long RIGHTS_NS = 10_000_000_000L;
    private static final long RETRY_NS = 50_000_000L;

    private final NodeClient client;
    private final @Nullable Path dir;
    private final boolean strict;
    private final List<String> batch = new ArrayList<>();
    private long firstOfBatch = 1;
    private int chars;
    private long committed;
    private long before;
    private long bad;
    private long wanting;
    private @Nullable Interruption interruption;
    private Path file = Path.of("");
    private String hash = "";

    RemoteLoad(final NodeClient client, final @Nullable Path dir, final boolean strict) {
        this.client = client;
        this.dir = dir;
        this.strict = strict;
    }

    int load(final Path newFile, final String newHash) throws IOException {
        file = newFile;
        hash = newHash;
        if (file.toString().endsWith(".csv")) {
            throw new UsageException("--node takes JSON Lines; load a CSV file into a directory with --dir");
        }
        try (Interruption wanted = new Interruption();
                LineReader reader = new LineReader(file)) {
            interruption = wanted;
            while (!wanted.isWanted() && reader.next()) {
                add(reader);
                if (batch.size() == MAX_LINES || chars >= MAX_CHARS || strict) {
                    send();
                }
                if (reader.number() % SHOW_EVERY == 0) {
                    System.err.printf("\r%,d lines", reader.number());
                }
            }
            send();
            System.err.printf(
                    "\r%s: %,d transactions committed, %,d lines were done before, %,d bad lines passed over%n",
                    wanted.isWanted() ? "interrupted; run it again to go on" : "done", committed, before, bad);
            if (wanting > 0) {
                System.err.printf(
                        "%,d transactions were NOT committed: no node had the rights that they spend%n", wanting);
            }
            return wanted.isWanted() || wanting > 0 ? 1 : 0;
        }
    }

    /** A line that is no text goes along as an empty one, so that lines keep their numbers. */
    private void add(final LineReader reader) {
        String text;
        try {
            text = reader.text();
            if (text.getBytes(StandardCharsets.UTF_8).length > MAX_LINE_BYTES) {
                throw new IllegalArgumentException("the line has more than " + MAX_LINE_BYTES + " bytes");
            }
        } catch (final IllegalArgumentException e) {
            passOver(reader.number(), String.valueOf(e.getMessage()));
            text = NO_TEXT;
        }
        batch.add(text);
        chars += text.length();
    }

    private void passOver(final long line, final String why) {
        final String problem = file + " line " + line + ": " + why;
        if (strict) {
            throw new CheckFailedException(problem);
        }
        bad++;
        System.err.println("\rpassed over: " + problem);
    }

    /** Sends what has been gathered, in its order, until all of it has been looked at or the user wants to stop. */
    private void send() throws IOException {
        while (!batch.isEmpty() && !isInterrupted()) {
            final Map<String, Object> answer = Json.object(
                    client.post("/v1/batch?first=" + firstOfBatch, String.join("\n", batch) + "\n", hash, dir));
            committed += number(answer, "committed");
            before += number(answer, "committedBefore");
            if (answer.get("refused") instanceof List<?> refused) {
                for (final Object each : refused) {
                    if (each instanceof Map<?, ?> fields) {
                        again(fields);
                    }
                }
            }
            final int done = (int) (number(answer, "next") - firstOfBatch);
            if (done <= 0) {
                throw new IOException("the node did nothing with line " + firstOfBatch);
            }
            batch.subList(0, Math.min(done, batch.size())).clear();
            firstOfBatch += done;
        }
        chars = 0;
    }

    private boolean isInterrupted() {
        return interruption != null && interruption.isWanted();
    }

    private static long number(final Map<?, ?> fields, final String name) {
        return fields.get(name) instanceof Long value ? value : 0;
    }

    /** What was refused for a reason that may pass is sent again for itself; what is wrong is passed over. */
    private void again(final Map<?, ?> refused) throws IOException {
        final long line = number(refused, "line");
        final long status = number(refused, "status");
        final String text = batch.get((int) (line - firstOfBatch));
        if (status != CONFLICT && status != UNAVAILABLE) {
            if (!text.isEmpty()) {
                passOver(line, String.valueOf(refused.get("detail")));
            }
            return;
        }
        try {
            final String answer = post(text, hash + ":" + line);
            if ("COMMITTED".equals(Json.object(answer).get("result"))) {
                committed++;
            } else {
                before++;
            }
        } catch (final NodeClient.RefusedException e) {
            if (!e.mayPass()) {
                passOver(line, String.valueOf(e.getMessage()));
                return;
            }
            if (strict) {
                throw new CheckFailedException(file + " line " + line + ": " + e.getMessage());
            }
            wanting++;
            System.err.println("\rpassed over: " + file + " line " + line + ": " + e.getMessage());
        }
    }

    /** Commits a line; what lacks rights of a bounded counter is sent again until they have come, or do not come. */
    private String post(final String line, final String key) throws IOException {
        final long startNs = System.nanoTime();
        while (true) {
            try {
                return client.post("/v1/transactions", line, key, dir);
            } catch (final NodeClient.RefusedException e) {
                if (!e.mayPass() || isInterrupted() || System.nanoTime() - startNs > RIGHTS_NS) {
                    throw e;
                }
                LockSupport.parkNanos(RETRY_NS);
            }
        }
    }
}
