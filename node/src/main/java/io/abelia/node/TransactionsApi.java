package io.abelia.node;

import io.abelia.engine.AwaitResult;
import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.clock.SessionToken;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CellVersion;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Snapshot;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import io.abelia.engine.transaction.TransactionRefusedException;
import io.abelia.engine.transaction.Value;
import io.abelia.replication.Replicator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.SystemNanoClock;

/**
 * Transactions by HTTP. A request with an {@code Idempotency-Key} that this node has committed before is answered with the token of that
 * transaction: the key is a cell of the same transaction, so it is there exactly if the transaction is. Keys are kept for a day.
 */
final class TransactionsApi {
    /** Table of keys. */
    static final String KEYS = "_idempotency";

    private static final int LOCKS = 64;
    private static final int HASH_BYTES = 16;
    private static final int MAX_KEY_CHARS = 200;
    private static final int MAX_LINES = 1_000;
    private static final long MAX_BATCH_NS = 15_000_000_000L;
    private static final long MAX_TIMEOUT_MS = 60_000;
    private static final long KEEP_MS = 24 * 3_600_000L;
    private static final long DEFAULT_TIMEOUT_MS = 5_000;

    private final Engine engine;
    private final Replicator replicator;
    private final EpochClock epochClock;
    private final CoordinatedApi coordinated;
    private final Object[] locks = new Object[LOCKS];

    TransactionsApi(final Engine engine, final Replicator replicator, final EpochClock epochClock) {
        this.epochClock = epochClock;
        this.coordinated = new CoordinatedApi(engine);
        this.engine = engine;
        this.replicator = replicator;
        for (int i = 0; i < LOCKS; i++) {
            locks[i] = new Object();
        }
    }

    void post(final Request request) throws IOException, InterruptedException {
        final String body = request.body();
        final List<Map<String, Object>> operations = operations(body);
        if (coordinated.owns(operations)) {
            coordinated.commit(request, operations);
            return;
        }
        final Duration timeout = Duration.ofMillis(request.number("timeoutMs", DEFAULT_TIMEOUT_MS, 0, MAX_TIMEOUT_MS));
        final boolean force = wantsForce(request);
        final int copies = (int) request.number("replicated", 0, 0, 1000);
        awaitToken(request, timeout);
        final Committed committed = commitOnce(operations, body, key(request));
        answer(request, committed.token(), committed.before(), force, copies, timeout);
    }

    private static String key(final Request request) {
        final String key = request.header("Idempotency-Key");
        if (key.length() > MAX_KEY_CHARS) {
            throw new ApiException(400, "an idempotency key has at most " + MAX_KEY_CHARS + " characters");
        }
        return key;
    }

    private static List<Map<String, Object>> operations(final String body) {
        final List<Map<String, Object>> operations;
        try {
            operations = OperationJson.parse(body);
        } catch (final IllegalArgumentException e) {
            throw new ApiException(400, String.valueOf(e.getMessage()));
        }
        if (operations.stream().anyMatch(operation -> KEYS.equals(operation.get("table")))) {
            throw new ApiException(400, "table " + KEYS + " is the node's own: it holds idempotency keys");
        }
        return operations;
    }

    /**
     * What became of a transaction.
     *
     * @param before whether it had been committed under its key already
     */
    private record Committed(SessionToken token, boolean before) {}

    /** Commits, unless that has been done under the key; without a key always. */
    private Committed commitOnce(final List<Map<String, Object>> operations, final String body, final String key) {
        if (key.isEmpty()) {
            return new Committed(commit(operations, "", ""), false);
        }
        final String hash = hash(body);
        synchronized (locks[Math.floorMod(key.hashCode(), LOCKS)]) {
            final List<CellVersion> versions = CellVersion.of(engine.kernel(), committed(key));
            if (versions.isEmpty()) {
                return new Committed(commit(operations, key, hash), false);
            }
            requireSameBody(key, hash);
            return new Committed(
                    SessionToken.of(versions.get(0).origin(), versions.get(0).seq()), true);
        }
    }

    // ---- many at once

    private record Refused(long line, int status, String detail) {}

    /**
     * Transactions, one a line, each committed for itself and in their order: a line that is wrong is passed over, one that is refused for a reason that may
     * pass ends the batch, and so does a quarter of a minute; {@code next} says where to go on. With an Idempotency-Key each has that, a colon and the number of
     * its line as its own.
     */
    void postBatch(final Request request) throws IOException {
        if (request.has("after") || request.has("replicated")) {
            throw new ApiException(400, "a batch takes no after and no replicated: send such transactions one by one");
        }
        final boolean force = wantsForce(request);
        final long first = request.number("first", 1, 1, Long.MAX_VALUE / 2);
        final String key = key(request);
        final List<String> lines = lines(request.body());
        if (lines.size() > MAX_LINES) {
            throw new ApiException(413, "a batch has at most " + MAX_LINES + " lines, not " + lines.size());
        }
        final long startNs = SystemNanoClock.INSTANCE.nanoTime();
        int committed = 0;
        int before = 0;
        int done = 0;
        boolean goesOn = true;
        final List<Refused> refused = new ArrayList<>();
        while (goesOn && done < lines.size()) {
            final long line = first + done;
            try {
                if (commitLine(lines.get(done), key.isEmpty() ? "" : key + ":" + line)) {
                    before++;
                } else {
                    committed++;
                }
            } catch (final ApiException e) {
                refused.add(new Refused(line, e.status(), String.valueOf(e.getMessage())));
                goesOn = e.status() == 400 || e.status() == 422;
            } catch (final IllegalStateException e) { // what was committed before must be told
                refused.add(new Refused(line, 503, String.valueOf(e.getMessage())));
                goesOn = false;
            }
            done++;
            goesOn &= SystemNanoClock.INSTANCE.nanoTime() - startNs < MAX_BATCH_NS;
        }
        final boolean forced = force && engine.kernel().log().force() || engine.durability() == Durability.POWER;
        final BatchDone all = new BatchDone(committed, before, refused, first + done);
        answerBatch(request, all, forced, !force || forced);
    }

    /**
     * How far a batch came.
     *
     * @param next number of the first line that was not looked at
     */
    private record BatchDone(int committed, int before, List<Refused> refused, long next) {}

    private static List<String> lines(final String body) {
        final List<String> lines = new ArrayList<>();
        int start = 0;
        while (start < body.length()) {
            final int end = body.indexOf('\n', start);
            lines.add(body.substring(start, end < 0 ? body.length() : end));
            start = end < 0 ? body.length() : end + 1;
        }
        return lines;
    }

    /** Commits a line; whether that had been done before. */
    private boolean commitLine(final String line, final String key) {
        final List<Map<String, Object>> operations = operations(line);
        if (coordinated.owns(operations)) {
            throw new ApiException(400, "coordinated transactions are sent one by one");
        }
        return commitOnce(operations, line, key).before();
    }

    private static void answerBatch(
            final Request request, final BatchDone done, final boolean forced, final boolean safe) throws IOException {
        request.answer(safe ? 200 : 202, json -> {
            json.writeStartObject();
            json.writeNumberField("committed", done.committed());
            json.writeNumberField("committedBefore", done.before());
            json.writeNumberField("next", done.next());
            json.writeBooleanField("forced", forced);
            json.writeArrayFieldStart("refused");
            for (final Refused each : done.refused()) {
                json.writeStartObject();
                json.writeNumberField("line", each.line());
                json.writeNumberField("status", each.status());
                json.writeStringField("detail", each.detail());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    /** When a key was committed. */
    private static Cell committed(final String key) {
        return Cell.of(CellType.FIRST_WRITER_REGISTER, KEYS, key, "ms");
    }

    /** Of what body. */
    private static Cell body(final String key) {
        return Cell.of(CellType.FIRST_WRITER_REGISTER, KEYS, key, "body");
    }

    private static String hash(final String body) {
        try {
            final byte[] digest = MessageDigest.getInstance("SHA-256").digest(body.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, HASH_BYTES);
        } catch (final NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    private void requireSameBody(final String key, final String hash) {
        final Value before = new Value();
        if (engine.latest().read(body(key), before) && !before.asString().equals(hash)) {
            throw new ApiException(
                    422,
                    "the idempotency key " + key + " was committed with another body: give each request its own key");
        }
    }

    /** Makes what was committed, now or before, as safe as was asked for, and answers. */
    private void answer(
            final Request request,
            final SessionToken token,
            final boolean before,
            final boolean force,
            final int copies,
            final Duration timeout)
            throws IOException, InterruptedException {
        final boolean forced = force && engine.kernel().log().force() || engine.durability() == Durability.POWER;
        final AwaitResult replicated =
                copies == 0 ? AwaitResult.APPLIED : replicator.awaitReplicated(token, copies, timeout);
        final boolean safe = replicated == AwaitResult.APPLIED && (forced || !force);
        if (!before) {
            request.token(token); // a session that repeats an old request may have seen more since
        }
        request.answer(safe ? 200 : 202, json -> {
            json.writeStartObject();
            json.writeStringField("result", before ? "COMMITTED_BEFORE" : "COMMITTED");
            json.writeStringField("token", token.toString());
            json.writeBooleanField("forced", forced);
            json.writeStringField("replicated", copies == 0 ? "NOT_ASKED" : replicated.name());
            json.writeEndObject();
        });
    }

    /** Of everything that is applied here. */
    SessionToken currentToken() {
        return engine.token();
    }

    /** Waits for what a session has seen elsewhere. */
    void awaitToken(final Request request, final Duration timeout) throws InterruptedException {
        if (request.has("after")) {
            final SessionToken token;
            try {
                token = SessionToken.parse(request.query("after", ""));
            } catch (final IllegalArgumentException e) {
                throw new ApiException(400, "after: " + e.getMessage());
            }
            final AwaitResult result = engine.await(token, timeout);
            if (result != AwaitResult.APPLIED) {
                throw new ApiException(
                        result == AwaitResult.LOST ? 410 : 504,
                        "what the token stands for is " + (result == AwaitResult.LOST ? "lost" : "not here yet"));
            }
        }
    }

    /** Forgets keys that are older than a day; to be called now and then. */
    void forgetOldKeys() {
        final List<String> old = new ArrayList<>();
        final Value written = new Value();
        try (Snapshot snapshot = engine.snapshot()) {
            snapshot.scan(KEYS, "", cell -> {
                if (cell.column().equals("ms")
                        && snapshot.read(cell, written)
                        && epochClock.time() - written.asLong() > KEEP_MS) {
                    old.add(cell.key());
                }
            });
        }
        for (final String key : old) {
            try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                tx.removeRow(KEYS, key);
                if (tx.commit() != CommitResult.COMMITTED) {
                    return; // the next time
                }
            }
        }
    }

    private static boolean wantsForce(final Request request) {
        final String durability = request.query("durability", "").toUpperCase(Locale.ROOT);
        return switch (durability) {
            case "", "PROCESS" -> false;
            case "POWER" -> true;
            default -> throw new ApiException(400, "durability is PROCESS or POWER, not " + durability);
        };
    }

    /** Commits, with an idempotency key unless that is empty. */
    private SessionToken commit(final List<Map<String, Object>> operations, final String key, final String hash) {
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            OperationJson.apply(tx, operations);
            if (!key.isEmpty()) {
                tx.set(committed(key), epochClock.time());
                tx.set(body(key), new Value().set(hash));
            }
            final CommitResult result = tx.commit();
            if (result == CommitResult.EMPTY) {
                throw new ApiException(400, "the transaction does nothing");
            }
            if (result == CommitResult.INSUFFICIENT_RIGHTS) {
                throw new ApiException(
                        409,
                        result + " of " + tx.shortage()
                                + "; other nodes are being asked for what they have: send it again");
            }
            if (result != CommitResult.COMMITTED) {
                throw new ApiException(
                        503,
                        result + (result == CommitResult.FENCED ? ": " + engine.fenced() : ": nothing has changed"));
            }
            return tx.token();
        } catch (final TransactionRefusedException | IllegalArgumentException e) {
            throw new ApiException(400, String.valueOf(e.getMessage()));
        }
    }
}
