package io.abelia.proofs.simulator;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.replicate.Replica;
import io.abelia.engine.replicate.Transport;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Three real engines of which a test moves every message by hand; what they do is told in the specification's words. Nodes are 1, 2 and 3. */
final class HandheldGroup implements AutoCloseable {
    private static final int NODES = 3;
    private static final long MS = 1_000_000L;
    private static final int RECORDS = 1;
    private static final int KIND_OFFSET = 5;
    private static final int HEADER_BYTES = 38;
    private static final int MAX_ROUNDS = 5_000;
    private static final CellName CELL = new CellName(CellType.COUNTER, "t", "k");

    /** A message under way. */
    record Sent(int from, int to, UnsafeBuffer message) {
        boolean hasRecords() {
            return message.getByte(KIND_OFFSET) == RECORDS;
        }
    }

    final Trace trace = new Trace(true);
    /** What arrives in the next rounds; what does not is lost, unless it is kept. */
    Predicate<Sent> passes = sent -> true;

    private final Path directory;
    private final Oracle oracle = new Oracle();
    private final Agenda agenda = new Agenda();
    private final List<SimulatedNode> nodes = new ArrayList<>();
    private final Deque<Sent> underWay = new ArrayDeque<>();
    private final List<Sent> late = new ArrayList<>();

    HandheldGroup(final long seed) throws IOException {
        directory = SimulateCommand.temporary(); // in memory, where no file takes the number of another
        final SplittableRandom random = new SplittableRandom(seed);
        final Faults faults = new Faults(
                NODES, false, 0, 0, 0, 0, MS, EnumSet.noneOf(Faults.Kind.class), MS, 64 << 10, 1L << 40, 1 << 20, 0);
        for (int i = 0; i < NODES; i++) {
            final SimulatedDisk disk = new SimulatedDisk(directory.resolve("node-" + i), random.split(), () -> {});
            nodes.add(new SimulatedNode(i, disk, faults, agenda, oracle, trace, random.split()));
        }
    }

    void start() throws IOException {
        for (final SimulatedNode node : nodes) {
            node.start(false, this::connect);
        }
        until(() ->
                nodes.stream().allMatch(node -> node.replica().keptLaunches().size() == NODES));
        rounds(20);
    }

    private Transport connect(final int from, final long origin) {
        return new Transport() {
            @Override
            public boolean send(final long to, final DirectBuffer buffer, final int offset, final int lengthBytes) {
                depart((int) to, copy(buffer, offset, lengthBytes));
                return true;
            }

            @Override
            public boolean broadcast(final DirectBuffer buffer, final int offset, final int lengthBytes) {
                for (int to = 0; to < NODES; to++) {
                    if (to != from) {
                        depart(to, copy(buffer, offset, lengthBytes));
                    }
                }
                return true;
            }

            private void depart(final int to, final byte[] bytes) {
                final SimulatedNode node = nodes.get(from);
                node.observe();
                node.told.sends(bytes, node.replica());
                underWay.add(new Sent(from + 1, to + 1, new UnsafeBuffer(bytes)));
            }

            @Override
            public int maxMessageBytes() {
                return Replica.MIN_MESSAGE_BYTES;
            }
        };
    }

    private static byte[] copy(final DirectBuffer buffer, final int offset, final int lengthBytes) {
        final byte[] bytes = new byte[lengthBytes];
        buffer.getBytes(offset, bytes);
        return bytes;
    }

    SimulatedNode node(final int number) {
        return nodes.get(number - 1);
    }

    void commit(final int number) {
        final SimulatedNode node = node(number);
        node.observe();
        final long own = node.engine().origin();
        final List<Change> changes = new ArrayList<>();
        try (Transaction tx = node.engine().transaction().mode(TransactionMode.COORDINATION_FREE)) {
            Workload.add(tx, CELL, 1, changes);
            final Map<Long, Long> applied = new TreeMap<>(node.applied());
            oracle.about(new Committed(own, applied.getOrDefault(own, 0L) + 1, number - 1, applied, applied, changes));
            if (tx.commit() != CommitResult.COMMITTED) {
                throw new IllegalStateException("node " + number + " refuses a commit");
            }
        }
        node.observe();
    }

    /** A node sends what it has; all of it stays under way. */
    void sendLate(final int number) {
        underWay.clear();
        final SimulatedNode node = node(number);
        agenda.in(MS, () -> {});
        agenda.step();
        node.replica().doWork();
        node.observe();
        late.addAll(underWay);
        underWay.clear();
        if (late.stream().noneMatch(Sent::hasRecords)) {
            throw new IllegalStateException("node " + number + " has sent no records: nothing can arrive late");
        }
    }

    /** What has been under way arrives, heartbeats first. */
    void deliverLate(final int number) {
        if (late.stream().noneMatch(sent -> sent.to == number && sent.hasRecords())) {
            throw new IllegalStateException("no records are under way to node " + number);
        }
        for (final boolean records : new boolean[] {false, true}) {
            late.stream()
                    .filter(sent -> sent.to == number && sent.hasRecords() == records)
                    .forEach(this::arrive);
        }
    }

    private void arrive(final Sent sent) {
        final SimulatedNode node = node(sent.to);
        if (!node.isUp()) {
            return;
        }
        final Set<List<Long>> dots = new HashSet<>();
        final UnsafeBuffer bytes = sent.message;
        for (int at = HEADER_BYTES;
                sent.hasRecords() && at < bytes.capacity();
                at += 4 + bytes.getInt(at, ByteOrder.LITTLE_ENDIAN)) {
            dots.add(List.of(
                    bytes.getLong(at + 4 + 16, ByteOrder.LITTLE_ENDIAN),
                    bytes.getLong(at + 4 + 24, ByteOrder.LITTLE_ENDIAN)));
        }
        node.told.receives(bytes.byteArray(), sent.from - 1, dots);
        node.replica().onMessage(bytes, 0, bytes.capacity());
        node.observe();
    }

    /** A millisecond passes, and what is sent in it arrives, if it may. */
    void rounds(final int count) {
        for (int i = 0; i < count; i++) {
            agenda.in(MS, () -> {});
            agenda.step();
            for (final SimulatedNode node : nodes) {
                if (node.isUp()) {
                    node.engine().doWork();
                    node.observe();
                    node.replica().doWork();
                    node.observe();
                }
            }
            while (!underWay.isEmpty()) {
                final Sent sent = underWay.poll();
                if (passes.test(sent)) {
                    arrive(sent);
                }
            }
        }
    }

    void until(final BooleanSupplier condition) {
        for (int i = 0; i < MAX_ROUNDS; i++) {
            if (condition.getAsBoolean()) {
                return;
            }
            rounds(1);
        }
        throw new IllegalStateException("never: " + trace.actions());
    }

    boolean isTold(final String event) {
        return trace.actions().stream().anyMatch(action -> action.contains(event));
    }

    void stop(final int number) {
        node(number).observe();
        node(number).kill();
        node(number).disk.losePower(false);
    }

    void launch(final int number) throws IOException {
        node(number).start(false, this::connect);
    }

    void wipe(final int number) throws IOException {
        node(number).observe();
        node(number).kill();
        node(number).disk.wipe();
        rounds(1);
        node(number).start(true, this::connect);
    }

    @Override
    public void close() throws IOException {
        for (final SimulatedNode node : nodes) {
            if (node.isUp()) {
                node.kill();
            }
            node.disk.delete();
        }
        Files.delete(directory);
    }
}
