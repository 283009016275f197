package io.abelia.node;

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

/** Transactions and reads of tables that the schema declares coordinated, by HTTP. */
final class CoordinatedApi {
    /** Reads what is asked of coordinated tables. */
    @FunctionalInterface
    interface Reader {
        void read(ReadView view) throws IOException;
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
                CellJson.write(json, tx.results(), cell);
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    /** Lets a reader read one state of all coordinated tables. */
    void read(final Reader reader) throws IOException {
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATED)) {
            reader.read(tx.reads());
        } catch (final CoordinationException e) {
            throw new ApiException(503, String.valueOf(e.getMessage()));
        }
    }
}
