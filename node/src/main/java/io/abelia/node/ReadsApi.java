package io.abelia.node;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.abelia.engine.Digest;
import io.abelia.engine.Engine;
import io.abelia.engine.clock.SessionToken;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.observe.Change;
import io.abelia.engine.observe.Subscription;
import io.abelia.engine.observe.TransactionHandler;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.ReadView;
import io.abelia.engine.transaction.Snapshot;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads by HTTP: cells, tables, digest, and the stream of changes. */
final class ReadsApi {
    private static final long IDLE_NS = 5_000_000L;
    private static final int IDLE_TURNS_PER_SIGN_OF_LIFE = 200;
    private static final int CHANGES_PER_POLL = 256;
    private static final int MAX_STREAMS = 32;
    private static final int DEFAULT_LIMIT = 1_000;
    /** What stands for a clock where reads are linearizable. */
    private static final String COORDINATED = "coordinated";

    private final Engine engine;
    private final CoordinatedApi coordinated;
    private final int maxCells;
    private final BooleanSupplier isOpen;
    private final AtomicInteger streams = new AtomicInteger();

    ReadsApi(final Engine engine, final int maxCells, final BooleanSupplier isOpen) {
        this.engine = engine;
        this.coordinated = new CoordinatedApi(engine);
        this.maxCells = maxCells;
        this.isOpen = isOpen;
    }

    /** {@code GET /v1/cells/TABLE/KEY?column=&type=}. */
    void cells(final Request request) throws IOException {
        if (request.path().size() != 4) {
            throw new ApiException(404, "the path is /v1/cells/TABLE/KEY");
        }
        final String table = request.path().get(2);
        final String key = request.path().get(3);
        final CellType type = type(request);
        final Predicate<Cell> wanted = cell -> cell.key().equals(key)
                && (!request.has("column") || cell.column().equals(request.query("column", "")))
                && (type == null || cell.type() == type);
        if (coordinated.owns(table)) {
            coordinated.read(table, key, wanted, (view, found) -> answerRow(request, view, COORDINATED, found));
            return;
        }
        try (Snapshot snapshot = engine.snapshot()) {
            final List<Cell> found = CellJson.row(snapshot, table, key);
            found.removeIf(wanted.negate());
            request.token(snapshot.token());
            answerRow(request, snapshot, snapshot.clock().toString(), found);
        }
    }

    private static void answerRow(
            final Request request, final ReadView view, final String clock, final List<Cell> found) throws IOException {
        if (found.isEmpty()) {
            throw new ApiException(
                    404,
                    "no such cell: " + request.path().get(2) + "/"
                            + request.path().get(3));
        }
        answer(request, view, clock, found, "");
    }

    private static @Nullable CellType type(final Request request) {
        if (!request.has("type")) {
            return null;
        }
        try {
            return OperationJson.typeOf(request.query("type", ""));
        } catch (final IllegalArgumentException e) {
            throw new ApiException(400, String.valueOf(e.getMessage()));
        }
    }

    /** {@code GET /v1/tables} and {@code GET /v1/tables/TABLE?prefix=&limit=&from=}. */
    void tables(final Request request) throws IOException {
        if (request.path().size() < 3 || request.path().get(2).isEmpty()) {
            request.answer(200, json -> {
                json.writeStartObject();
                json.writeArrayFieldStart("tables");
                for (final String table : engine.tables()) {
                    json.writeString(table);
                }
                json.writeEndArray();
                json.writeEndObject();
            });
            return;
        }
        final String table = request.path().get(2);
        final String prefix = request.query("prefix", "");
        if (coordinated.owns(table)) {
            if (request.has("limit") || request.has("from")) {
                throw new ApiException(
                        400, "coordinated tables have no pages: an answer is of one moment; give a longer prefix");
            }
            coordinated.read(
                    table, prefix, cell -> true, (view, cells) -> answer(request, view, COORDINATED, cells, ""));
            return;
        }
        final int limit = (int) request.number("limit", Math.min(DEFAULT_LIMIT, maxCells), 1, maxCells);
        try (Snapshot snapshot = engine.snapshot()) {
            final Page page =
                    Page.read(snapshot, table, prefix, limit, request.query("from", ""), !request.has("from"));
            request.token(snapshot.token());
            answer(request, snapshot, snapshot.clock().toString(), page.cells(), page.next());
        }
    }

    private static void answer(
            final Request request, final ReadView view, final String clock, final List<Cell> cells, final String next)
            throws IOException {
        request.answer(200, json -> {
            json.writeStartObject();
            json.writeStringField("clock", clock);
            json.writeArrayFieldStart("cells");
            for (final Cell cell : cells) {
                CellJson.write(json, view, cell);
            }
            json.writeEndArray();
            if (!next.isEmpty()) {
                json.writeStringField("next", next);
            }
            json.writeEndObject();
        });
    }

    /** {@code GET /v1/digest}. */
    void digest(final Request request) throws IOException {
        final Digest digest = engine.digest();
        request.answer(200, json -> {
            json.writeStartObject();
            json.writeStringField("digest", digest.toString());
            json.writeStringField("clock", digest.clock().toString());
            json.writeEndObject();
        });
    }

    /** {@code GET /v1/changes?table=&prefix=&from=now|start}: a line of JSON for each transaction, an empty one as a sign of life. */
    void changes(final Request request) throws IOException {
        if (streams.incrementAndGet() > MAX_STREAMS) {
            streams.decrementAndGet();
            throw new ApiException(503, "more than " + MAX_STREAMS + " streams of changes at once");
        }
        try {
            stream(request);
        } finally {
            streams.decrementAndGet();
        }
    }

    private void stream(final Request request) throws IOException {
        final boolean fromStart = request.query("from", "now").equals("start");
        final VectorClock from = fromStart ? VectorClock.empty() : engine.clock();
        try (OutputStream out = request.stream("application/x-ndjson");
                JsonGenerator json =
                        new JsonFactory().createGenerator(out).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
                Subscription subscription = engine.subscribe(
                        request.query("table", ""), request.query("prefix", ""), from, new Lines(json))) {
            json.setRootValueSeparator(null);
            int idle = 0;
            while (isOpen.getAsBoolean()) {
                if (subscription.poll(CHANGES_PER_POLL) > 0) {
                    idle = 0;
                    json.flush();
                } else if (++idle % IDLE_TURNS_PER_SIGN_OF_LIFE == 0) {
                    json.writeRaw('\n');
                    json.flush();
                }
                LockSupport.parkNanos(idle > 0 ? IDLE_NS : 0);
            }
        } catch (final LineException e) {
            throw e.cause();
        }
    }

    /** An I/O error inside a handler. */
    private static final class LineException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final IOException io;

        LineException(final IOException io) {
            super(io);
            this.io = io;
        }

        IOException cause() {
            return io;
        }
    }

    /** Writes what a subscription hands out. */
    private static final class Lines implements TransactionHandler {
        private final JsonGenerator json;

        Lines(final JsonGenerator json) {
            this.json = json;
        }

        @Override
        public void onTransaction(
                final long origin, final long seq, final long hybridTime, final List<Change> changes) {
            try {
                json.writeStartObject();
                json.writeStringField("token", SessionToken.of(origin, seq).toString());
                json.writeArrayFieldStart("changes");
                for (final Change change : changes) {
                    json.writeStartObject();
                    json.writeStringField("table", change.cell().table());
                    json.writeStringField("key", change.cell().key());
                    json.writeStringField("column", change.cell().column());
                    json.writeStringField("type", change.cell().type().name());
                    json.writeStringField("op", change.operation());
                    if (change.value() != null) {
                        json.writeFieldName("value");
                        CellJson.writeValue(json, change.value());
                    } else if (!change.number().isEmpty()) {
                        json.writeStringField("number", change.number());
                    }
                    json.writeEndObject();
                }
                json.writeEndArray();
                json.writeEndObject();
                json.writeRaw('\n');
            } catch (final IOException e) {
                throw new LineException(e);
            }
        }

        @Override
        public void onReset(final VectorClock clock) {
            try {
                json.writeStartObject();
                json.writeStringField("reset", clock.toString());
                json.writeEndObject();
                json.writeRaw('\n');
            } catch (final IOException e) {
                throw new LineException(e);
            }
        }
    }
}
