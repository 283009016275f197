package io.abelia.node;

import com.fasterxml.jackson.core.JsonGenerator;
import io.abelia.engine.Engine;
import io.abelia.engine.schema.Schema;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.CoordinationException;
import io.abelia.engine.transaction.ReadView;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import io.abelia.engine.transaction.TransactionRefusedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Transactions and reads of tables that the schema declares coordinated, by HTTP. */
final class CoordinatedApi {
    private static final int TRIES = 8;
    private static final int MOST_CELLS = 1_000;

    /** Receives cells of coordinated tables, and a view that reads all of them as of one moment. */
    @FunctionalInterface
    interface Reader {
        void read(ReadView view, List<Cell> cells) throws IOException;
    }

    private final Engine engine;

    CoordinatedApi(final Engine engine) {
        this.engine = engine;
    }

    /** Whether a table is coordinated. */
    boolean owns(final String table) {
        final Schema schema = engine.schema();
        return schema != null && schema.isCoordinated(table);
    }

    /** Whether a transaction is for this API: one of its tables is coordinated. If others are not, it is refused as a whole. */
    boolean owns(final List<Map<String, Object>> operations) {
        return operations.stream().anyMatch(operation -> owns(String.valueOf(operation.get("table"))));
    }

    void commit(final Request request, final List<Map<String, Object>> operations) throws IOException {
        if (!request.header("Idempotency-Key").isEmpty() || request.has("replicated") || request.has("after")) {
            throw new ApiException(
                    400,
                    "coordinated transactions take no Idempotency-Key (make a key of yours unique with setIfAbsent), no"
                            + " replicated and no after: they are on a majority, and see everything before them");
        }
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATED)) {
            OperationJson.apply(tx, operations);
            final CommitResult result = tx.commit();
            if (result == CommitResult.COMMITTED) {
                answer(request, tx, returned(operations));
                return;
            }
            final int status = switch (result) {
                case CONDITION_FAILED, CONFLICT -> 409;
                case UNDECIDED -> 504;
                case EMPTY -> 400;
                default -> 503;
            };
            throw new ApiException(
                    status, result + ": " + (result == CommitResult.EMPTY ? "it does nothing" : tx.failedCondition()));
        } catch (final CoordinationException e) {
            throw new ApiException(503, String.valueOf(e.getMessage()));
        } catch (final TransactionRefusedException | IllegalArgumentException e) {
            throw new ApiException(400, String.valueOf(e.getMessage()));
        }
    }

    private static List<Cell> returned(final List<Map<String, Object>> operations) {
        final List<Cell> cells = new ArrayList<>();
        for (final Map<String, Object> operation : operations) {
            if ("returning".equals(operation.get("op"))) {
                cells.add(OperationJson.cell(operation));
            }
        }
        return cells;
    }

    private static void answer(final Request request, final Transaction tx, final List<Cell> cells) throws IOException {
        request.answer(200, json -> {
            json.writeStartObject();
            json.writeStringField("result", "COMMITTED");
            json.writeNumberField("position", tx.coordinatedPosition());
            json.writeArrayFieldStart("cells");
            for (final Cell cell : cells) {
                writeReturned(json, tx.results(), cell);
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    /** What cannot be shown does not make the answer a failure: the transaction has been committed. */
    private static void writeReturned(final JsonGenerator json, final ReadView results, final Cell cell)
            throws IOException {
        try {
            results.exists(cell);
        } catch (final IllegalStateException e) {
            json.writeStartObject();
            json.writeStringField("table", cell.table());
            json.writeStringField("key", cell.key());
            json.writeStringField("column", cell.column());
            json.writeStringField("error", e.getMessage());
            json.writeEndObject();
            return;
        }
        CellJson.write(json, results, cell);
    }

    /** Lets a reader read the cells of a table as of one moment. */
    void read(final String table, final String keyPrefix, final Predicate<Cell> wanted, final Reader reader)
            throws IOException {
        for (int i = 0; i < TRIES; i++) {
            try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATED)) {
                final ReadView view = tx.reads();
                final List<Cell> cells = CellJson.cells(view, table, keyPrefix);
                cells.removeIf(wanted.negate());
                if (cells.size() > MOST_CELLS) {
                    throw new ApiException(
                            413,
                            cells.size() + " cells; an answer holds " + MOST_CELLS
                                    + " coordinated ones at most: give a longer prefix");
                }
                cells.forEach(view::exists); // asks for each whole, and is answered from memory from then on
                if (tx.commit() != CommitResult.CONFLICT) {
                    reader.read(view, cells);
                    return;
                }
            } catch (final CoordinationException e) {
                throw new ApiException(503, String.valueOf(e.getMessage()));
            } catch (final TransactionRefusedException e) {
                throw new ApiException(400, String.valueOf(e.getMessage()));
            }
        }
        throw new ApiException(503, "the cells changed " + TRIES + " times while they were read; ask for fewer");
    }
}
