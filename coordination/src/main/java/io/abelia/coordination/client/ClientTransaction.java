package io.abelia.coordination.client;

import io.abelia.coordination.wire.Answer;
import io.abelia.coordination.wire.Blob;
import io.abelia.coordination.wire.Condition;
import io.abelia.coordination.wire.MalformedRequestException;
import io.abelia.coordination.wire.Query;
import io.abelia.coordination.wire.Request;
import io.abelia.coordination.wire.Response;
import io.abelia.engine.schema.Schema;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.CoordinatedTransaction;
import io.abelia.engine.transaction.ReadView;
import io.abelia.engine.transaction.TransactionRefusedException;
import io.abelia.engine.transaction.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The coordinated side of one transaction. What it reads it reads again when it commits, by value: if an answer would be another, nothing
 * happens (validation by value, as NOrec does it: Dalessandro, Spear, Scott 2010).
 */
final class ClientTransaction implements CoordinatedTransaction {
    private final CoordinationClient client;
    private final @Nullable Schema schema;
    private final List<Condition> conditions = new ArrayList<>();
    private final Map<Query, Blob> read = new LinkedHashMap<>();
    private final Map<Query, Integer> returning = new LinkedHashMap<>();
    private final List<Query> queries = new ArrayList<>();
    private final ReadView reads = new AnsweredReads(this::readOnce);
    private final ReadView results = new AnsweredReads(this::returned);
    private @Nullable RequestName name;
    private @Nullable Response answered;
    private boolean everSent;
    private @Nullable String failed;

    ClientTransaction(final CoordinationClient client, final @Nullable Schema schema) {
        this.client = client;
        this.schema = schema;
    }

    @Override
    public void requireAtLeast(final Cell cell, final long minimum) {
        switch (cell.type()) {
            case COUNTER, MAX, MIN ->
                add(new Condition(Condition.Kind.AT_LEAST, Query.of(cell), Condition.minimum(minimum)));
            default -> throw wrongType(cell, "requireAtLeast", "Use a COUNTER, MAX or MIN cell.");
        }
    }

    @Override
    public void requireValue(final Cell cell, final Value expected) {
        switch (cell.type()) {
            case LWW_REGISTER, FIRST_WRITER_REGISTER ->
                add(new Condition(Condition.Kind.VALUE, Query.of(cell), Blob.of(expected)));
            default -> throw wrongType(cell, "requireValue", "Use an LWW_REGISTER or FIRST_WRITER_REGISTER cell.");
        }
    }

    @Override
    public void requireAbsent(final Cell cell) {
        add(new Condition(Condition.Kind.ABSENT, Query.of(cell), Blob.EMPTY));
    }

    private void add(final Condition condition) {
        if (conditions.size() == Request.MOST) {
            throw new TransactionRefusedException(
                    condition.query().toString(),
                    "another condition or read",
                    "the transaction has " + Request.MOST + " already",
                    "Commit in several transactions.");
        }
        conditions.add(condition);
    }

    private static TransactionRefusedException wrongType(final Cell cell, final String operation, final String remedy) {
        return new TransactionRefusedException(cell.toString(), operation, "the cell is a " + cell.type(), remedy);
    }

    @Override
    public ReadView reads() {
        return reads;
    }

    /** Reads each thing once, so that what the transaction sees of it does not change under its hands. */
    private Blob readOnce(final Query query) {
        if (schema == null || !schema.isCoordinated(query.table())) {
            throw new TransactionRefusedException(
                    query.toString(),
                    "a read in mode COORDINATED",
                    "the table is not declared coordinated",
                    "Read it in a transaction of mode COORDINATION_FREE, or through engine.latest().");
        }
        Blob answer = read.get(query);
        if (answer == null) {
            check(query);
            answer = client.read(query);
            add(new Condition(Condition.Kind.UNCHANGED, query, Answer.fingerprint(answer)));
            read.put(query, answer);
        }
        return answer;
    }

    private static void check(final Query query) {
        try {
            Answer.check(query);
        } catch (final MalformedRequestException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    @Override
    public void returning(final Cell cell) {
        final Query query = Query.of(cell);
        check(query);
        if (queries.size() == Request.MOST) {
            throw new TransactionRefusedException(
                    query.toString(),
                    "another cell to return",
                    "the transaction returns " + Request.MOST + " already",
                    "Read in a transaction of its own.");
        }
        if (returning.putIfAbsent(query, queries.size()) == null) {
            queries.add(query);
        }
    }

    @Override
    public ReadView results() {
        return results;
    }

    private Blob returned(final Query query) {
        final Integer index = returning.get(query);
        if (index == null || answered == null || !isCommitted()) {
            throw new IllegalStateException(query
                    + " was not asked for: say returning(cell) before the commit; contains and scan are not returned");
        }
        return answered.answers().get(index);
    }

    @Override
    public CommitResult commit(final long operations, final int operationsLengthBytes) {
        if (operationsLengthBytes == 0 && conditions.isEmpty() && queries.isEmpty()) {
            return CommitResult.EMPTY;
        }
        if (answered == null) {
            final Blob bytes = Blob.copyOf(operations, operationsLengthBytes);
            try {
                answered = ask(bytes);
            } catch (final SendFailure e) {
                everSent |= e.wasSent();
                failed = e.getMessage();
                return everSent ? CommitResult.UNDECIDED : CommitResult.NO_MAJORITY;
            }
        }
        return result(answered);
    }

    /** Asks under one name, until there is an answer; then nobody asks any more, and the group may forget it. */
    private Response ask(final Blob operations) throws SendFailure {
        RequestName asked = name;
        if (asked == null) {
            requireSize(operations);
            asked = client.open();
            name = asked;
        }
        final Response response = client.await(client.commit(asked, conditions, queries, operations));
        client.end(asked);
        return response;
    }

    private void requireSize(final Blob operations) {
        final int bytes = new Request(Request.Kind.COMMIT, 0, 0, 0, conditions, queries, operations).encode().length;
        if (bytes > Request.MOST_BYTES) {
            throw new TransactionRefusedException(
                    "(the transaction)",
                    "commit in mode COORDINATED",
                    "with its conditions and reads it takes " + bytes + " bytes; at most " + Request.MOST_BYTES
                            + " are sent",
                    "Commit in several transactions.");
        }
    }

    private CommitResult result(final Response response) {
        return switch (response.result()) {
            case COMMITTED -> {
                failed = null;
                yield CommitResult.COMMITTED;
            }
            case CONDITION_FAILED -> {
                failed = conditions.get(response.condition()).toString();
                yield CommitResult.CONDITION_FAILED;
            }
            case CONFLICT -> {
                failed = conditions.get(response.condition()).toString();
                yield CommitResult.CONFLICT;
            }
            default ->
                throw new TransactionRefusedException(
                        queries.isEmpty() ? "(the transaction)" : queries.get(0).toString(),
                        "commit in mode COORDINATED",
                        response.reason().isEmpty() ? String.valueOf(response.result()) : response.reason(),
                        "Change what is asked for.");
        };
    }

    private boolean isCommitted() {
        return answered != null && answered.result() == Response.Result.COMMITTED;
    }

    @Override
    public @Nullable String failed() {
        return failed;
    }

    @Override
    public long position() {
        return answered != null && isCommitted() ? answered.position() : 0;
    }

    @Override
    public void close() {
        if (name != null) {
            client.end(name);
        }
    }
}
