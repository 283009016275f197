package io.abelia.bench.suite;

import io.abelia.engine.clock.OriginTable;
import io.abelia.engine.clock.RecordClock;
import io.aeron.CommonContext;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.agrona.concurrent.BackoffIdleStrategy;

/** Real nodes over Aeron in this JVM, which share one media driver; each commits on a thread of its own. */
final class LocalNodes implements Nodes {
    private static final int SOCKET_BYTES = 2 << 20;
    /** Nodes that share two processors wait for these, not for the network: a packet that is late is not lost. */
    private static final long NAK_DELAY_NS = 20_000_000;

    private final Scratch scratch = new Scratch();
    private final MediaDriver driver;
    private final List<RealNode> nodes = new ArrayList<>();
    private long total;

    LocalNodes(final int size) throws IOException {
        this(size, RecordClock::new);
    }

    LocalNodes(final int size, final Function<OriginTable, RecordClock> clock) throws IOException {
        driver = MediaDriver.launchEmbedded(new MediaDriver.Context()
                .aeronDirectoryName(CommonContext.generateRandomDirName())
                .threadingMode(ThreadingMode.SHARED)
                .sharedIdleStrategy(new BackoffIdleStrategy(100, 10, 1_000, 100_000))
                .termBufferSparseFile(true)
                .publicationTermBufferLength(8 << 20)
                .socketRcvbufLength(SOCKET_BYTES)
                .socketSndbufLength(SOCKET_BYTES)
                .initialWindowLength(SOCKET_BYTES)
                .nakUnicastDelayNs(NAK_DELAY_NS)
                .clientLivenessTimeoutNs(60_000_000_000L)
                .publicationUnblockTimeoutNs(90_000_000_000L)
                .imageLivenessTimeoutNs(2_000_000_000L)
                .dirDeleteOnShutdown(true));
        final List<String> endpoints = IntStream.range(0, size)
                .mapToObj(i -> "127.0.0.1:" + Net.freePorts(1))
                .toList();
        for (int i = 0; i < size; i++) {
            nodes.add(new RealNode(i, endpoints, scratch.path(), driver.aeronDirectoryName(), clock));
        }
        nodes.forEach(RealNode::awaitJoined);
    }

    @Override
    public int size() {
        return nodes.size();
    }

    @Override
    public String describe() {
        return "real, one JVM";
    }

    @Override
    public long run(final Work work, final int count) throws Exception {
        total += (long) nodes.size() * count;
        final long all = total;
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            final int index = i;
            threads.add(new Thread(() -> {
                try {
                    work.run(nodes.get(index).engine(), index, count);
                } catch (final RuntimeException | Error e) {
                    failure.set(e);
                }
            }));
        }
        final long startNs = System.nanoTime();
        threads.forEach(Thread::start);
        for (final Thread thread : threads) {
            thread.join();
        }
        if (failure.get() != null) {
            throw new IllegalStateException(failure.get());
        }
        nodes.forEach(node ->
                node.awaitApplied(all)); // one thread looks: many would take the processor from what they wait for
        return System.nanoTime() - startNs;
    }

    @Override
    public void check(final Work work, final long times) {
        for (final RealNode node : nodes) {
            if (!node.engine().digest().equals(nodes.get(0).engine().digest())) {
                throw new IllegalStateException("digests differ");
            }
            work.check(node.engine(), nodes.size(), times);
        }
    }

    @Override
    public void close() throws IOException {
        for (final RealNode node : nodes) {
            node.close();
        }
        driver.close();
        scratch.close();
    }
}
