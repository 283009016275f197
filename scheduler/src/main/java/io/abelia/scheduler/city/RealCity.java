package io.abelia.scheduler.city;

import io.abelia.engine.Engine;
import io.abelia.replication.ReplicatorContext;
import io.abelia.scheduler.broker.Broker;
import io.abelia.scheduler.http.BrokerNode;
import io.abelia.scheduler.http.Calls;
import io.abelia.scheduler.http.DatastoreNode;
import io.abelia.scheduler.http.ExecutorNode;
import io.abelia.scheduler.http.NodeOptions;
import io.abelia.scheduler.metadata.JobView;
import io.abelia.scheduler.model.Capabilities;
import io.abelia.scheduler.model.JobFilter;
import io.abelia.scheduler.model.JobSpec;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.agrona.CloseHelper;
import org.agrona.IoUtil;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.SystemNanoClock;
import org.jspecify.annotations.Nullable;

/**
 * The nodes that {@code ./abelia broker|executor|datastore} start, all in this JVM, on the loopback interface: HTTP, Aeron over UDP, engines that
 * force their logs, WASM jobs that compute. A cut closes calls and replication between its two sides. Batteries are simulated, and so is what a
 * job's work takes: a hundredth or so of what the trace says, on the processors that there are.
 */
final class RealCity implements Town {
    private static final long STEP_NS = 1_000_000;
    private static final long DRAIN_NS = 100_000_000;
    private static final double DRAIN_S = 0.1;
    private static final long LOOK_NS = 5_000_000;
    private static final long WATCH_NS = 100_000;
    private static final long READY_NS = 60_000_000_000L;
    private static final String PROGRAM = "/io/abelia/scheduler/programs/work.wasm";

    private final Path directory;
    private final AtomicBoolean open = new AtomicBoolean(true);
    private final Thread atExit = new Thread(this::closeNodes, "abelia-city-close");
    private final Map<String, Integer> zones = new ConcurrentHashMap<>();
    private final Map<Integer, String> ids = new ConcurrentHashMap<>();
    private final SortedMap<String, Member> members = new TreeMap<>();
    private final SortedMap<String, Running> brokers = new TreeMap<>();
    private final List<DatastoreNode> datastores = new ArrayList<>();
    private final List<String> urls = new ArrayList<>();
    private final Map<String, Double> startedAfterMs = new ConcurrentHashMap<>();
    private final Map<String, Running> waiting = new ConcurrentHashMap<>();
    private final List<Thread> watchers = new ArrayList<>();
    private final AtomicLong errors = new AtomicLong();
    private final ExecutorService switching = Executors.newSingleThreadExecutor();
    private long dueNs;
    private long drainNs;

    private record Running(String id, BrokerNode node) implements Seat {
        @Override
        public Engine engine() {
            return node.engine();
        }

        @Override
        public Broker broker() {
            return node.broker();
        }
    }

    /** An executor: what it is, and its node while it is on. */
    private final class Member {
        private final Trace.Member of;
        private final Battery battery;
        private volatile Capabilities capabilities;
        private volatile @Nullable ExecutorNode node;

        Member(final Trace.Member of) {
            this.of = of;
            this.battery = new Battery(of.idlePerS(), of.workPerS());
            this.capabilities = of.capabilities();
        }

        void start() throws IOException {
            final ExecutorNode started =
                    new ExecutorNode(options(of.id()), () -> urls, () -> capabilities, JobFilter.ANY);
            ids.put(started.port(), of.id());
            node = started;
        }

        void stop() {
            final ExecutorNode running = node;
            node = null;
            if (running != null) {
                ids.remove(running.port());
                running.close();
            }
        }

        void drain() {
            final ExecutorNode running = node;
            if (running != null) {
                capabilities = battery.drain(
                        capabilities, DRAIN_S, running.executor().running().size());
                if (Battery.isEmpty(capabilities)) {
                    off(of.id());
                }
            }
        }
    }

    RealCity(final Trace trace, final Size size) throws IOException {
        this.directory = Files.createTempDirectory("abelia-city-");
        Runtime.getRuntime().addShutdownHook(atExit);
        try {
            startBrokers(size.brokers);
            datastore("d1");
            datastore("d2");
            for (final Trace.Member member : trace.members) {
                synchronized (open) {
                    requireOpen();
                    final Member here = new Member(member);
                    members.put(member.id(), here);
                    here.start();
                }
            }
            try (InputStream in = RealCity.class.getResourceAsStream(PROGRAM)) {
                if (in == null) {
                    throw new IOException("the program " + PROGRAM + " is missing");
                }
                awaitReady(trace.members.size());
                new Calls(null, url -> true).put(urls.get(0) + "/data/simulated", in.readAllBytes());
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        } catch (final IOException | RuntimeException e) {
            close();
            throw e;
        }
        dueNs = nowNs();
        drainNs = dueNs;
        watch(this::lookForStarts, LOOK_NS);
    }

    private NodeOptions options(final String id) {
        return NodeOptions.local(id, directory, null, e -> errors.incrementAndGet())
                .reaching(url -> reaches(id, URI.create(url).getPort()));
    }

    private boolean reaches(final String from, final int port) {
        final String to = ids.get(port);
        return to == null || zones.getOrDefault(from, 0).equals(zones.getOrDefault(to, 0));
    }

    private void startBrokers(final int count) throws IOException {
        final Map<Long, String> endpoints = new TreeMap<>();
        for (long node = 1; node <= count; node++) {
            try (DatagramSocket socket = new DatagramSocket(0)) {
                endpoints.put(node, "127.0.0.1:" + socket.getLocalPort());
            }
        }
        for (final Map.Entry<Long, String> endpoint : endpoints.entrySet()) {
            final long number = endpoint.getKey();
            final Map<Long, String> others = new TreeMap<>(endpoints);
            others.remove(number);
            final ReplicatorContext replication =
                    new ReplicatorContext().unicast(endpoint.getValue(), others).insecure();
            if (number == 1) {
                replication.replica().node(number).found(1).foundDelayNs(0);
            } else {
                replication.replica().node(number).join();
            }
            final String id = CityBroker.name(number);
            synchronized (open) { // whoever closes waits for what is being started
                requireOpen();
                final BrokerNode node = BrokerNode.launch(options(id), replication);
                brokers.put(id, new Running(id, node));
                ids.put(node.port(), id);
                urls.add("http://127.0.0.1:" + node.port());
            }
        }
    }

    private void datastore(final String id) throws IOException {
        synchronized (open) {
            requireOpen();
            final DatastoreNode node = new DatastoreNode(options(id), () -> urls);
            datastores.add(node);
            ids.put(node.port(), id);
        }
    }

    private void requireOpen() {
        if (!open.get()) {
            throw new IllegalStateException("the city is being closed");
        }
    }

    /** Until every broker has heard all executors and datastores. */
    private void awaitReady(final int executors) throws IOException {
        final long startNs = nowNs();
        while (!brokers.values().stream()
                .allMatch(broker -> broker.broker().executors().size() == executors)) {
            if (nowNs() - startNs > READY_NS) {
                throw new IOException("the brokers have not heard of all executors within a minute");
            }
            LockSupport.parkNanos(LOOK_NS);
        }
    }

    @Override
    public Collection<? extends Seat> brokers() {
        return brokers.values();
    }

    @Override
    public @Nullable Seat broker(final String id) {
        return brokers.get(id);
    }

    @Override
    public String submit(final int broker, final JobSpec job) {
        final Running to = brokers.get(CityBroker.name(broker));
        if (to == null) {
            throw new IllegalStateException("broker " + broker + " does not run");
        }
        final String name = to.broker().submit(job, null);
        waiting.put(name, to);
        return name;
    }

    @Override
    public void off(final String executor) {
        final Member member = members.get(executor);
        if (member != null) {
            switching.execute(member::stop);
        }
    }

    @Override
    public void on(final String executor) {
        final Member member = members.get(executor);
        if (member != null) {
            switching.execute(() -> {
                member.capabilities = Battery.recharge(member.capabilities);
                try {
                    if (member.node == null) {
                        member.start();
                    }
                } catch (final IOException e) {
                    errors.incrementAndGet();
                }
            });
        }
    }

    @Override
    public void cut(final String who) {
        zones.put(who, 1);
        final Running broker = brokers.get(who);
        if (broker != null) {
            zones.put("d2", 1); // so that both sides have a datastore
            broker.node().isolate(true);
        }
    }

    @Override
    public void heal() {
        zones.clear();
        brokers.values().forEach(broker -> broker.node().isolate(false));
    }

    @Override
    public long nowNs() {
        return SystemNanoClock.INSTANCE.nanoTime();
    }

    @Override
    public long nowMs() {
        return SystemEpochClock.INSTANCE.time();
    }

    @Override
    public void step() {
        dueNs = Math.max(dueNs + STEP_NS, nowNs() - STEP_NS);
        while (nowNs() < dueNs) {
            LockSupport.parkNanos(dueNs - nowNs());
        }
        if (nowNs() - drainNs >= DRAIN_NS) {
            drainNs += DRAIN_NS;
            members.values().forEach(Member::drain);
        }
    }

    @Override
    public void watch(final Runnable look) {
        watch(look, WATCH_NS);
    }

    private void watch(final Runnable look, final long pauseNs) {
        final Thread thread = new Thread(
                () -> {
                    while (open.get()) {
                        look.run();
                        LockSupport.parkNanos(pauseNs);
                    }
                },
                "abelia-city-watch");
        thread.setDaemon(true);
        watchers.add(thread);
        thread.start();
    }

    /** Jobs that an executor has taken since the last look: to five milliseconds, and what brokers' locks add. */
    private void lookForStarts() {
        waiting.entrySet().removeIf(entry -> {
            final JobView job = entry.getValue().broker().job(entry.getKey());
            if (job == null || job.started().isEmpty()) {
                return false;
            }
            startedAfterMs.put(entry.getKey(), (double) (nowMs() - job.spec().submittedMs()));
            return true;
        });
    }

    @Override
    public Map<String, Double> startedAfterMs() {
        return startedAfterMs;
    }

    @Override
    public Map<String, Double> figures() {
        long all = errors.get();
        for (final Running broker : brokers.values()) {
            all += broker.broker().status().values().getOrDefault("errors with jobs", 0L);
        }
        return Map.of("errors|errors in the background|", (double) all);
    }

    private void closeNodes() {
        if (!open.getAndSet(false)) {
            return;
        }
        switching.shutdown();
        try {
            for (final Thread watcher : watchers) {
                watcher.join();
            }
            switching.awaitTermination(1, TimeUnit.MINUTES);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        synchronized (open) {
            members.values().forEach(Member::stop);
            datastores.forEach(DatastoreNode::close);
            brokers.values().forEach(broker -> CloseHelper.quietClose(broker.node()));
        }
        IoUtil.delete(directory.toFile(), true);
    }

    @Override
    public void close() {
        closeNodes();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (final IllegalStateException e) {
            return; // the JVM ends, and has run it
        }
    }
}
