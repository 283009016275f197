package io.abelia.coordination.client;

import io.abelia.coordination.wire.Blob;
import io.abelia.coordination.wire.Condition;
import io.abelia.coordination.wire.Query;
import io.abelia.coordination.wire.Request;
import io.abelia.coordination.wire.Response;
import io.abelia.engine.file.ScratchDirectory;
import io.abelia.engine.file.WatchedThreads;
import io.abelia.engine.schema.Schema;
import io.abelia.engine.transaction.CoordinatedTransaction;
import io.abelia.engine.transaction.CoordinationException;
import io.abelia.engine.transaction.Coordinator;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.CloseHelper;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.SystemNanoClock;
import org.jspecify.annotations.Nullable;

/**
 * An engine's way to its coordination group. Thread safe; one thread of its own talks to the leader. Every request is sent again until it is
 * answered or its time is over; a transaction keeps its number, so that it is done once.
 *
 * <pre>{@code
 * Coordinator group = CoordinationClient.launch(new CoordinationClientContext().members(Members.parse("0=a:9000,1=b:9000,2=c:9000")));
 * Engine engine = Engine.launch(new EngineContext().schema(schema).coordinator(group));
 * }</pre>
 */
public final class CoordinationClient implements Coordinator, AutoCloseable {
    private static final int MOST_WAITING = 4096;
    private static final long HOUSEKEEPING_NS = 10_000_000L;
    private static final long SLACK_MS = 200;
    /** A process that stood still for so long keeps its Aeron client. */
    private static final long PAUSE_NS = 60_000_000_000L;

    private static final int COUNTERS_BYTES = 1 << 20;
    private static final long UNBLOCK_NS = 90_000_000_000L;

    private final CoordinationClientContext context;
    private final @Nullable ScratchDirectory scratch;
    private final @Nullable MediaDriver driver;
    private final Connection connection;
    private final AgentRunner runner;
    private final WatchedThreads threads = new WatchedThreads("abelia-coordination-client");
    private final WatchedThreads driverThreads = new WatchedThreads(null);
    private final ConcurrentLinkedQueue<Pending> submitted = new ConcurrentLinkedQueue<>();
    private final AtomicLong numbers = new AtomicLong();
    private final AtomicLong waiting = new AtomicLong();
    private final TreeSet<Long> open = new TreeSet<>();
    private volatile boolean closed;

    private CoordinationClient(final CoordinationClientContext context, final @Nullable ScratchDirectory newScratch) {
        this.context = context;
        this.scratch = newScratch;
        String directory = context.aeronDirectory();
        if (newScratch != null) {
            driver = MediaDriver.launchEmbedded(new MediaDriver.Context()
                    .aeronDirectoryName(newScratch.path().toString())
                    .threadingMode(ThreadingMode.SHARED)
                    .sharedThreadFactory(driverThreads)
                    .sharedIdleStrategy(context.idleStrategy())
                    .termBufferSparseFile(true)
                    .counterValuesBufferLength(COUNTERS_BYTES)
                    .clientLivenessTimeoutNs(PAUSE_NS)
                    .publicationUnblockTimeoutNs(UNBLOCK_NS)
                    .dirDeleteOnShutdown(true));
            directory = driver.aeronDirectoryName();
        } else {
            driver = null;
        }
        connection =
                new Connection(context.members(), String.valueOf(directory), context.egressHost(), this::onResponse);
        runner = new AgentRunner(context.idleStrategy(), connection::note, null, new Conductor());
        AgentRunner.startOnThread(runner, threads);
    }

    /** Starts a client. It connects in the background, and again whenever it has to. */
    public static CoordinationClient launch(final CoordinationClientContext context) {
        context.conclude();
        final ScratchDirectory scratch = context.aeronDirectory() == null ? scratch() : null;
        try {
            return new CoordinationClient(context, scratch);
        } catch (final RuntimeException e) {
            CloseHelper.quietClose(scratch);
            throw e;
        }
    }

    private static ScratchDirectory scratch() {
        try {
            return ScratchDirectory.open("abelia-client");
        } catch (final IOException e) {
            throw new UncheckedIOException("no directory for the media driver of a coordination client", e);
        }
    }

    @Override
    public CoordinatedTransaction begin(final @Nullable Schema schema) {
        return new ClientTransaction(this, schema);
    }

    /** Number of the member that leads, as far as this client knows, or -1. */
    public int leader() {
        return connection.leader();
    }

    /** Why this client reaches nobody any more and has to be launched anew; null while it runs. */
    public @Nullable String problem() {
        if (closed) {
            return "the client is closed";
        }
        return threads.ended() != null ? threads.ended() : driverThreads.ended();
    }

    // ---- any thread

    /** A name for a transaction, open until {@link #end}. */
    RequestName open() {
        synchronized (open) {
            final long number = numbers.incrementAndGet();
            open.add(number);
            return new RequestName(number);
        }
    }

    /** Nobody asks about a transaction any more. */
    void end(final RequestName name) {
        synchronized (open) {
            open.remove(name.number());
        }
    }

    private long lowestOpen() {
        synchronized (open) {
            return open.isEmpty() ? numbers.get() + 1 : open.first();
        }
    }

    /** Sends a commit; completes exceptionally with a {@link SendFailure} if it is not answered in time. */
    CompletableFuture<Response> commit(
            final RequestName name,
            final List<Condition> conditions,
            final List<Query> queries,
            final Blob operations) {
        final long lowest = lowestOpen();
        return submit(new Pending(
                name,
                true,
                client -> new Request(
                                Request.Kind.COMMIT, client, name.number(), lowest, conditions, queries, operations)
                        .encode(),
                deadlineNs()));
    }

    private long deadlineNs() {
        return SystemNanoClock.INSTANCE.nanoTime() + context.timeout().toNanos();
    }

    private CompletableFuture<Response> submit(final Pending pending) {
        if (closed) {
            pending.response().completeExceptionally(new SendFailure(pending.wasSent(), "the client is closed"));
        } else if (waiting.incrementAndGet() > MOST_WAITING) {
            waiting.decrementAndGet();
            pending.response()
                    .completeExceptionally(new SendFailure(false, MOST_WAITING + " requests are waiting already"));
        } else {
            submitted.add(pending);
            if (closed) {
                // its thread may be sending it at this moment
                pending.response().completeExceptionally(new SendFailure(true, "the client is closed"));
            }
        }
        return pending.response();
    }

    /** Asks queries and waits. */
    Blob read(final Query query) {
        final Response response;
        try {
            final long number = -numbers.incrementAndGet(); // below all transactions': they are answered once each
            final Request request = Request.read(number, List.of(query));
            response = await(
                    submit(new Pending(new RequestName(number), false, client -> request.encode(), deadlineNs())));
        } catch (final SendFailure e) {
            throw new CoordinationException("reading " + query + ": " + e.getMessage());
        }
        if (response.result() != Response.Result.ANSWERED) {
            throw new CoordinationException("reading " + query + ": " + response.reason());
        }
        return response.answers().get(0);
    }

    /** Waits for a response. */
    Response await(final CompletableFuture<Response> response) throws SendFailure {
        try {
            return response.get(context.timeout().toMillis() + SLACK_MS, TimeUnit.MILLISECONDS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SendFailure(true, "interrupted");
        } catch (final TimeoutException e) {
            throw new SendFailure(true, "not answered within " + context.timeout());
        } catch (final ExecutionException e) {
            if (e.getCause() instanceof SendFailure failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    @Override
    public void close() {
        closed = true;
        threads.expectEnd();
        driverThreads.expectEnd();
        runner.close();
        CloseHelper.close(driver);
        CloseHelper.quietClose(scratch);
    }

    // ---- the client's own thread

    private final TreeMap<Long, Pending> unanswered = new TreeMap<>();
    private long client;
    private long nonce = ThreadLocalRandom.current().nextLong();
    private @Nullable Pending registration;
    private long housekeepingNs;

    private final class Conductor implements Agent {
        @Override
        public int doWork() {
            final long nowNs = SystemNanoClock.INSTANCE.nanoTime();
            int work = connection.doWork(nowNs);
            if (connection.isOpen()) {
                work += drain(nowNs);
            }
            if (nowNs - housekeepingNs > HOUSEKEEPING_NS) {
                housekeepingNs = nowNs;
                resend(nowNs);
                expire(nowNs);
            }
            return work;
        }

        @Override
        public void onClose() {
            unanswered.values().forEach(CoordinationClient.this::failClosed);
            Pending pending = submitted.poll();
            while (pending != null) {
                failClosed(pending);
                pending = submitted.poll();
            }
            connection.close();
        }

        @Override
        public String roleName() {
            return "abelia-coordination-client";
        }
    }

    private void failClosed(final Pending pending) {
        fail(pending, "the client is closed");
    }

    private void fail(final Pending pending, final String reason) {
        waiting.decrementAndGet();
        assert waiting.get() >= 0 : waiting;
        pending.response().completeExceptionally(new SendFailure(pending.wasSent(), reason));
    }

    /** What came of sending. */
    private enum Sending {
        DONE,
        LATER,
        FAILED
    }

    /** Sends what has been submitted, in its order, as far as the connection takes it. */
    private int drain(final long nowNs) {
        int work = 0;
        Pending pending = submitted.peek();
        while (pending != null) {
            if (pending.waitsForClient() && client == 0) {
                return work + register(nowNs);
            }
            final Sending sending = send(pending, nowNs);
            if (sending == Sending.LATER) {
                return work;
            }
            submitted.poll();
            final Pending earlier = sending == Sending.DONE ? unanswered.put(pending.number(), pending) : null;
            if (earlier != null) {
                fail(earlier, "the same transaction has been committed again meanwhile");
            }
            work++;
            pending = submitted.peek();
        }
        return work;
    }

    private int register(final long nowNs) {
        if (registration == null) {
            nonce++;
            final byte[] bytes = Request.register(nonce).encode();
            registration = new Pending(new RequestName(nonce), false, id -> bytes, Long.MAX_VALUE);
        }
        if (!registration.isDue(connection.number(), nowNs, resendNs()) || !connection.send(registration.encode(0))) {
            return 0;
        }
        registration.markSent(connection.number(), nowNs);
        return 1;
    }

    private long resendNs() {
        return context.resendInterval().toNanos();
    }

    /** Sends a request unless it is under way already. */
    private Sending send(final Pending pending, final long nowNs) {
        if (!pending.isDue(connection.number(), nowNs, resendNs())) {
            return Sending.DONE;
        }
        try {
            if (!connection.send(pending.encode(client))) {
                return Sending.LATER;
            }
        } catch (final RuntimeException e) {
            connection.note(e);
            fail(pending, "it cannot be sent: " + e.getMessage());
            return Sending.FAILED;
        }
        pending.markSent(connection.number(), nowNs);
        return Sending.DONE;
    }

    private void resend(final long nowNs) {
        final Iterator<Pending> all = unanswered.values().iterator();
        while (connection.isOpen() && all.hasNext()) {
            final Sending sending = send(all.next(), nowNs);
            if (sending == Sending.LATER) {
                return;
            }
            if (sending == Sending.FAILED) {
                all.remove();
            }
        }
    }

    private void expire(final long nowNs) {
        unanswered.values().removeIf(pending -> failIfExpired(pending, nowNs));
        for (final Iterator<Pending> i = submitted.iterator(); i.hasNext(); ) {
            if (failIfExpired(i.next(), nowNs)) {
                i.remove();
            }
        }
    }

    private boolean failIfExpired(final Pending pending, final long nowNs) {
        if (!pending.hasExpired(nowNs)) {
            return false;
        }
        fail(pending, connection.state() + " within " + context.timeout().toMillis() + " ms");
        return true;
    }

    private void onResponse(final Response response) {
        if (response.result() == Response.Result.REGISTERED) {
            if (registration != null && response.number() == registration.number()) {
                client = response.position();
                registration = null;
            }
            return;
        }
        final Pending pending = unanswered.remove(response.number());
        if (pending == null) {
            return; // answered before, or nobody waits any more
        }
        if (response.result() == Response.Result.EXPIRED) {
            if (pending.belongsTo(client)) {
                client = 0; // what is new is sent as a new client; what this one was told is forgotten
            }
            fail(pending, "the group no longer knows this client, which was silent for long");
            return;
        }
        if (response.result() == Response.Result.BUSY) {
            fail(pending, "too many transactions of this client are open; close those that have been answered");
            return;
        }
        waiting.decrementAndGet();
        assert waiting.get() >= 0 : waiting;
        pending.response().complete(response);
    }
}
