package io.abelia.coordination.state;

import io.abelia.coordination.wire.Answer;
import io.abelia.coordination.wire.Blob;
import io.abelia.coordination.wire.Condition;
import io.abelia.coordination.wire.MalformedRequestException;
import io.abelia.coordination.wire.Query;
import io.abelia.coordination.wire.Request;
import io.abelia.coordination.wire.Response;
import io.abelia.engine.Digest;
import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.apply.BlockScratch;
import io.abelia.engine.apply.Kernel;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.codec.MalformedRecordException;
import io.abelia.engine.codec.OperationCode;
import io.abelia.engine.codec.OperationReader;
import io.abelia.engine.codec.UnknownOperationException;
import io.abelia.engine.log.FileForce;
import io.abelia.engine.snapshot.SnapshotLoader;
import io.abelia.engine.snapshot.SnapshotWriter;
import io.abelia.engine.state.StateStore;
import io.abelia.engine.status.DeliveryResult;
import io.abelia.engine.transaction.ReadView;
import io.abelia.engine.transaction.Value;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The replicated state machine: the same requests in the same order give the same state and the same responses, on every member and at
 * every time. Cells lie in an engine of their own, in memory, to which every committed transaction is delivered as the next record of one
 * made-up origin: what a record does to a cell is the same code as in mode COORDINATION_FREE. One thread at a time.
 */
public final class CoordinatedState implements AutoCloseable {
    /** The origin of all coordinated transactions; the engine of a member commits nothing under its own. */
    private static final long ORIGIN = 0x636f6f7264L;

    private static final int SEGMENT_BYTES = 2 << 20;
    /** Of the engine's own log, which nobody reads. */
    private static final int LOG_BYTES = 4 << 20;

    private static final int TURN_EVERY = 64;

    private final Engine engine;
    private final ReadView view;
    private final ClientTable clients = new ClientTable();
    private final OperationReader operations = new OperationReader();
    private final UnsafeBuffer scratch = new UnsafeBuffer(ByteBuffer.allocateDirect(Limits.OPERATIONS_BYTES));
    private final RecordBuilder records = new RecordBuilder(ORIGIN);
    private final BlockScratch blocks = new BlockScratch();
    private long requests;

    public CoordinatedState() {
        try {
            engine = Engine.launch(new EngineContext()
                    .durability(Durability.MEMORY)
                    .store(StoreKind.MEMORY)
                    .segmentBytes(SEGMENT_BYTES)
                    .memoryLogBytes(LOG_BYTES)
                    .closeGraceNs(0)
                    .housekeepingThread(false));
        } catch (final IOException e) {
            throw new UncheckedIOException("an engine in memory", e);
        }
        view = engine.latest();
    }

    /**
     * Does what a request asks.
     *
     * @param timestampMs what consensus agreed to call the time, milliseconds since 1970
     * @return the response to send
     */
    public byte[] apply(final long timestampMs, final DirectBuffer buffer, final int offset, final int lengthBytes) {
        if (++requests % TURN_EVERY == 0) {
            engine.doWork();
            collect((int) (requests / TURN_EVERY % StateStore.SLICES));
        }
        final Request request;
        try {
            request = Request.decode(buffer, offset, lengthBytes);
        } catch (final MalformedRequestException e) {
            return Response.refused(0, "not a request: " + e.getMessage()).encode();
        }
        try {
            return switch (request.kind()) {
                case REGISTER ->
                    Response.of(Response.Result.REGISTERED, request.number(), clients.register(timestampMs))
                            .encode();
                case READ -> read(request);
                case COMMIT -> commitOnce(request, timestampMs);
            };
        } catch (final MalformedRequestException e) {
            return Response.refused(request.number(), String.valueOf(e.getMessage()))
                    .encode();
        }
    }

    /** Drops, of one slice, what is only kept for concurrent operations: in a serial order there are none. Changes nothing readable. */
    private void collect(final int slice) {
        assert slice >= 0 && slice < StateStore.SLICES : slice;
        final Kernel kernel = engine.kernel();
        kernel.lock().acquire();
        try {
            final StateStore.SliceParts parts = kernel.units().store().parts(slice);
            for (int part = 0; part < parts.count(); part++) {
                kernel.applier().collect(parts, part, (origin, seq) -> true, blocks);
            }
        } finally {
            kernel.lock().release();
        }
    }

    private byte[] read(final Request request) {
        return new Response(
                        Response.Result.ANSWERED,
                        request.number(),
                        position(),
                        -1,
                        "",
                        answers(request.queries(), Answer.READ_BYTES))
                .encode();
    }

    private List<Blob> answers(final List<Query> queries, final int maxBytes) {
        assert queries.size() <= Request.MOST : queries.size();
        final List<Blob> answers = new ArrayList<>(queries.size());
        int left = maxBytes;
        for (final Query query : queries) {
            final Blob answer = Answer.of(view, query, left);
            left = Math.max(0, left - answer.length());
            answers.add(answer);
        }
        return answers;
    }

    private byte[] commitOnce(final Request request, final long timestampMs) {
        if (!clients.hear(request.client(), request.lowestOpen(), timestampMs)) {
            return Response.of(Response.Result.EXPIRED, request.number(), 0).encode();
        }
        final byte[] before = clients.response(request.client(), request.number());
        if (before != null) {
            return before;
        }
        if (clients.hasEnded(request.client(), request.number())) {
            return Response.refused(request.number(), "the request has ended").encode();
        }
        if (clients.isFull(request.client())) {
            return Response.of(Response.Result.BUSY, request.number(), 0).encode();
        }
        final byte[] response = commit(request, timestampMs).encode();
        clients.keep(request.client(), request.number(), response);
        return response;
    }

    private Response commit(final Request request, final long timestampMs) {
        assert request.operations().length() <= scratch.capacity() : request.operations();
        final UnsafeBuffer encoded =
                new UnsafeBuffer(scratch, 0, request.operations().length());
        encoded.putBytes(0, request.operations().bytes());
        final int failed;
        try {
            request.queries().forEach(Answer::check);
            request.conditions().forEach(condition -> Answer.check(condition.query()));
            checkOperations(encoded);
            failed = firstThatFails(request.conditions());
        } catch (final MalformedRecordException | UnknownOperationException | MalformedRequestException e) {
            return Response.refused(request.number(), String.valueOf(e.getMessage()));
        }
        assert failed < request.conditions().size() : failed;
        if (failed >= 0) {
            final boolean read = request.conditions().get(failed).kind() == Condition.Kind.UNCHANGED;
            return new Response(
                    read ? Response.Result.CONFLICT : Response.Result.CONDITION_FAILED,
                    request.number(),
                    position(),
                    failed,
                    "",
                    List.of());
        }
        if (encoded.capacity() > 0) {
            deliver(encoded, timestampMs);
        }
        return new Response(
                Response.Result.COMMITTED,
                request.number(),
                position(),
                -1,
                "",
                answers(request.queries(), Answer.RETURNED_BYTES));
    }

    /** Everything that the engine would refuse is refused here, so that it refuses nothing. */
    private void checkOperations(final UnsafeBuffer encoded) {
        operations.wrap(encoded.addressOffset(), encoded.capacity());
        int count = 0;
        while (operations.hasNext()) {
            if (operations.next().code() == OperationCode.CHANGE_RIGHTS) {
                throw new MalformedRequestException(
                        "a BOUNDED_COUNTER needs no coordination; a coordinated COUNTER with requireAtLeast does the same");
            }
            if (++count > Limits.OPERATIONS) {
                throw new MalformedRequestException("more than " + Limits.OPERATIONS + " operations");
            }
        }
    }

    private void deliver(final UnsafeBuffer encoded, final long timestampMs) {
        final DirectBuffer record = records.next(timestampMs, encoded);
        DeliveryResult result = engine.onRemote(record, 0, records.lengthBytes());
        if (result == DeliveryResult.DISK_FULL) {
            engine.doWork(); // it prepares the next segment of its log
            result = engine.onRemote(record, 0, records.lengthBytes());
        }
        if (result == DeliveryResult.MALFORMED) {
            throw new MalformedRequestException("operations that no transaction holds together");
        }
        if (result != DeliveryResult.APPLIED) {
            throw new IllegalStateException("coordinated transaction " + (records.applied() + 1) + " was " + result
                    + "; this member stops, before it differs from the others");
        }
        records.markApplied();
    }

    private int firstThatFails(final List<Condition> conditions) {
        for (int i = 0; i < conditions.size(); i++) {
            if (!holds(conditions.get(i))) {
                return i;
            }
        }
        return -1;
    }

    private boolean holds(final Condition condition) {
        final Query query = condition.query();
        return switch (condition.kind()) {
            case ABSENT -> !view.exists(query.cell());
            case AT_LEAST -> atLeast(query, condition.minimum());
            case VALUE -> {
                final Value value = new Value();
                yield holdsValue(query)
                        && view.read(query.cell(), value)
                        && Blob.of(value).equals(condition.argument());
            }
            case UNCHANGED ->
                Answer.fingerprint(Answer.of(view, query, Answer.READ_BYTES)).equals(condition.argument());
        };
    }

    private static boolean holdsValue(final Query query) {
        return switch (query.type()) {
            case LWW_REGISTER, FIRST_WRITER_REGISTER -> true;
            default ->
                throw new MalformedRequestException(query + " is a " + query.type() + ", which holds no one value");
        };
    }

    private boolean atLeast(final Query query, final long minimum) {
        return switch (query.type()) {
            case COUNTER -> view.readExact(query.cell()).compareTo(BigInteger.valueOf(minimum)) >= 0;
            case MAX, MIN -> view.readLong(query.cell()) >= minimum;
            default ->
                throw new MalformedRequestException(
                        query + " is a " + query.type() + ", which is not compared with a minimum");
        };
    }

    /** How many transactions have been committed. */
    public long position() {
        return records.applied();
    }

    /** Elements of sets that take memory; those that are kept for concurrent operations included. */
    public long elements() {
        return engine.kernel().units().elements();
    }

    /** Digest of all cells; any thread. */
    public Digest digest() {
        return engine.digest();
    }

    /**
     * Writes clients and cells; the directory serves for a file meanwhile.
     *
     * @param turn is called from time to time, so that who waits for this thread knows that it lives
     */
    public void write(final DataOutputStream out, final Path directory, final Runnable turn) throws IOException {
        assert engine.clock().get(ORIGIN) == records.applied() : records.applied();
        clients.write(out);
        records.write(out);
        Files.createDirectories(directory);
        final Path file;
        try (SnapshotWriter writer = new SnapshotWriter(engine.kernel(), directory, FileForce.SYSTEM)) {
            while (writer.doWork()) {
                turn.run(); // slice by slice; nothing else touches the engine
            }
            file = Objects.requireNonNull(writer.file());
        }
        out.writeLong(Files.size(file));
        Files.copy(file, out);
        Files.delete(file);
    }

    /** Reads what {@link #write} wrote, into a new state. */
    public void read(final DataInputStream in, final Path directory) throws IOException {
        assert requests == 0 && records.applied() == 0 : records.applied();
        clients.read(in);
        records.read(in);
        Files.createDirectories(directory);
        final Path file = Files.createTempFile(directory, "incoming", ".snap");
        long left = in.readLong();
        try (var out = Files.newOutputStream(file)) {
            final byte[] chunk = new byte[1 << 16];
            while (left > 0) {
                final int read = in.read(chunk, 0, (int) Math.min(chunk.length, left));
                if (read < 0) {
                    throw new IOException("the snapshot ends " + left + " bytes early");
                }
                out.write(chunk, 0, read);
                left -= read;
            }
        }
        SnapshotLoader.check(file);
        engine.kernel().lock().acquire();
        try {
            engine.kernel()
                    .install((origins, applier, hybridClock) ->
                            new SnapshotLoader(origins, applier, hybridClock).load(file));
        } finally {
            engine.kernel().lock().release();
        }
        assert engine.clock().get(ORIGIN) == records.applied() : records.applied();
        Files.delete(file);
    }

    @Override
    public void close() {
        try {
            engine.close();
        } catch (final IOException e) {
            throw new UncheckedIOException("closing an engine in memory", e);
        }
    }
}
