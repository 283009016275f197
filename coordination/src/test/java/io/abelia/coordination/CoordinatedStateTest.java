package io.abelia.coordination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.coordination.state.CoordinatedState;
import io.abelia.coordination.wire.Answer;
import io.abelia.coordination.wire.Blob;
import io.abelia.coordination.wire.Condition;
import io.abelia.coordination.wire.Query;
import io.abelia.coordination.wire.Request;
import io.abelia.coordination.wire.Response;
import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.schema.Schema;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.CoordinatedTransaction;
import io.abelia.engine.transaction.ReadView;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.Value;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The replicated state machine by itself. */
class CoordinatedStateTest {
    private static final long TIME_MS = 1_800_000_000_000L;
    private static final Cell TOTAL = Cell.of(CellType.COUNTER, "t", "total", "");

    @TempDir
    Path directory;

    private final CoordinatedState state = new CoordinatedState();

    @AfterEach
    void close() {
        state.close();
    }

    private static Response send(final CoordinatedState to, final Request request) {
        final byte[] bytes = request.encode();
        return response(to.apply(TIME_MS, new UnsafeBuffer(bytes), 0, bytes.length));
    }

    private static Response response(final byte[] bytes) {
        return Response.decode(new UnsafeBuffer(bytes), 0, bytes.length);
    }

    private long register() {
        return send(state, Request.register(1)).position();
    }

    private static Request commit(
            final long client,
            final long number,
            final long lowestOpen,
            final List<Condition> conditions,
            final Blob operations) {
        return new Request(
                Request.Kind.COMMIT, client, number, lowestOpen, conditions, List.of(Query.of(TOTAL)), operations);
    }

    /** The operations of a transaction, as its engine encodes them. */
    private static Blob operations(final Consumer<Transaction> body) throws IOException {
        final List<Blob> encoded = new ArrayList<>();
        final CoordinatedTransaction recorder = new Recorder(encoded);
        try (Engine engine = Engine.launch(new EngineContext()
                        .durability(Durability.MEMORY)
                        .store(StoreKind.MEMORY)
                        .segmentBytes(2 << 20)
                        .housekeepingThread(false)
                        .schema(Schema.builder().coordinated("t").build())
                        .coordinator(schema -> recorder));
                Transaction tx = engine.transaction()) {
            body.accept(tx);
            tx.commitOrThrow();
        }
        return encoded.get(0);
    }

    private record Recorder(List<Blob> encoded) implements CoordinatedTransaction {
        @Override
        public void requireAtLeast(final Cell cell, final long minimum) {}

        @Override
        public void requireValue(final Cell cell, final Value expected) {}

        @Override
        public void requireAbsent(final Cell cell) {}

        @Override
        public ReadView reads() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void returning(final Cell cell) {}

        @Override
        public ReadView results() {
            throw new UnsupportedOperationException();
        }

        @Override
        public CommitResult commit(final long operations, final int operationsLengthBytes) {
            encoded.add(Blob.copyOf(operations, operationsLengthBytes));
            return CommitResult.COMMITTED;
        }

        @Override
        public String failed() {
            return "";
        }

        @Override
        public long position() {
            return 0;
        }

        @Override
        public void close() {}
    }

    private long total(final CoordinatedState of) {
        final Query query = Query.of(TOTAL);
        return Answer.decode(
                        query,
                        send(of, Request.read(-1, List.of(query))).answers().get(0))
                .exact()
                .longValueExact();
    }

    @Test
    void shouldDoWhatIsSentTwiceOnce() throws IOException {
        final long client = register();
        final Request request = commit(client, 1, 1, List.of(), operations(tx -> tx.increment(TOTAL, 5)));
        final Response first = send(state, request);
        assertEquals(first, send(state, request));
        assertEquals(Response.Result.COMMITTED, first.result());
        assertEquals(5, total(state));
        assertEquals(1, state.position());
    }

    @Test
    void shouldRefuseWhatHasEndedAndClientsThatItDoesNotKnow() throws IOException {
        final long client = register();
        final Blob operations = operations(tx -> tx.increment(TOTAL, 5));
        send(state, commit(client, 2, 2, List.of(), operations));
        assertEquals(
                Response.Result.REFUSED,
                send(state, commit(client, 1, 1, List.of(), operations)).result());
        assertEquals(
                Response.Result.EXPIRED,
                send(state, commit(client + 1, 1, 1, List.of(), operations)).result());
        assertEquals(5, total(state));
    }

    @Test
    void shouldAnswerAFailedConditionTheSameAlthoughItHoldsByNow() throws IOException {
        final long client = register();
        final Blob operations = operations(tx -> tx.increment(TOTAL, 5));
        final Request conditional = commit(
                client,
                1,
                1,
                List.of(new Condition(Condition.Kind.AT_LEAST, Query.of(TOTAL), Condition.minimum(1))),
                operations);
        assertEquals(Response.Result.CONDITION_FAILED, send(state, conditional).result());
        send(state, commit(client, 2, 1, List.of(), operations));
        assertEquals(Response.Result.CONDITION_FAILED, send(state, conditional).result());
        assertEquals(5, total(state));
    }

    @Test
    void shouldForgetTheClientThatWasSilentLongestAndNoOther() throws IOException {
        final Blob operations = operations(tx -> tx.increment(TOTAL, 1));
        final List<Long> clients = new ArrayList<>();
        for (int i = 0; i < 4097; i++) {
            clients.add(register());
        }
        assertEquals(
                Response.Result.EXPIRED,
                send(state, commit(clients.get(0), 1, 1, List.of(), operations)).result());
        assertEquals(
                Response.Result.COMMITTED,
                send(state, commit(clients.get(1), 1, 1, List.of(), operations)).result());
    }

    @Test
    void shouldRefuseBytesThatNoClientSendsAndChangeNothing() throws IOException {
        final long client = register();
        final byte[] whole = commit(client, 1, 1, List.of(), operations(tx -> tx.increment(TOTAL, 5)))
                .encode();
        final Random random = new Random(20_261_121);
        for (int i = 0; i < 2_000; i++) {
            final byte[] bytes = whole.clone();
            final int length = random.nextBoolean() ? random.nextInt(bytes.length) : bytes.length;
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            final long before = state.position();
            final Response response = response(state.apply(TIME_MS, new UnsafeBuffer(bytes), 0, length));
            if (response.result() != Response.Result.COMMITTED) {
                assertEquals(before, state.position(), response + " and yet something was done");
            }
        }
    }

    @Test
    void shouldRefuseQueriesThatNameNoCellBeforeAnythingIsDone() throws IOException {
        final long client = register();
        final Blob operations = operations(tx -> tx.increment(TOTAL, 5));
        for (final Query.Kind kind : Query.Kind.values()) {
            final Query nameless = new Query(kind, CellType.ADD_WINS_SET, "", "key", "", Blob.of(new byte[] {3, 1}));
            assertEquals(
                    Response.Result.REFUSED,
                    send(state, Request.read(-1, List.of(nameless))).result());
            final Request request = new Request(
                    Request.Kind.COMMIT, client, 1 + kind.name().length(), 1, List.of(), List.of(nameless), operations);
            assertEquals(Response.Result.REFUSED, send(state, request).result());
        }
        assertEquals(0, total(state));
    }

    @Test
    void shouldAskAClientToWaitThatHasTooManyRequestsOpenAndNotRefuseIt() throws IOException {
        final long client = register();
        final Blob operations = operations(tx -> tx.increment(TOTAL, 1));
        for (int i = 1; i <= 4096; i++) {
            send(state, commit(client, i, 1, List.of(), operations));
        }
        assertEquals(
                Response.Result.BUSY,
                send(state, commit(client, 4097, 1, List.of(), operations)).result());
        assertEquals(
                Response.Result.COMMITTED,
                send(state, commit(client, 4097, 2, List.of(), operations)).result());
        assertEquals(4097, total(state));
    }

    @Test
    void shouldKeepNothingOfRemovedElements() throws IOException {
        final long client = register();
        final Cell set = Cell.of(CellType.REMOVE_WINS_SET, "t", "set", "tags");
        long number = 0;
        for (int i = 0; i < 80; i++) {
            final long element = i;
            send(state, commit(client, ++number, number, List.of(), operations(tx -> tx.addToSet(set, element))));
            send(state, commit(client, ++number, number, List.of(), operations(tx -> tx.removeFromSet(set, element))));
        }
        for (int i = 0; i < 64 * 70; i++) {
            send(state, Request.read(-1, List.of()));
        }
        assertTrue(state.elements() < 10, state.elements() + " elements are kept of a set that is empty");
    }

    @Test
    void shouldBeTheSameBehindASnapshot() throws IOException {
        final long client = register();
        final Request last = commit(client, 3, 1, List.of(), operations(tx -> tx.increment(TOTAL, 5)));
        send(state, commit(client, 1, 1, List.of(), operations(tx -> tx.addToSet("t", "set", "tags", "a"))));
        send(state, commit(client, 2, 1, List.of(), operations(tx -> tx.removeFromSet("t", "set", "tags", "a"))));
        send(state, last);
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        state.write(new DataOutputStream(bytes), directory, () -> {});
        try (CoordinatedState copy = new CoordinatedState()) {
            copy.read(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())), directory);
            assertEquals(state.digest(), copy.digest());
            assertEquals(send(state, last), send(copy, last));
            final Request next = commit(client, 4, 1, List.of(), operations(tx -> tx.increment(TOTAL, 2)));
            assertEquals(send(state, next), send(copy, next));
            assertEquals(state.digest(), copy.digest());
            assertEquals(7, total(copy));
        }
    }
}
