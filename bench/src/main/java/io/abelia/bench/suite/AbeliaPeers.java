package io.abelia.bench.suite;

import io.abelia.bench.peers.Peers;
import io.abelia.bench.peers.PeersProcess;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Transaction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Nodes of this project, durability PROCESS, AUTH frames over UDP, a media driver each; one update a transaction. */
public final class AbeliaPeers implements Peers {
    private static final int NODES = 3;

    private final Scratch scratch = new Scratch();
    private final List<String> endpoints = IntStream.range(0, NODES)
            .mapToObj(i -> "127.0.0.1:" + Net.freePorts(1))
            .toList();
    private final List<RealNode> nodes = new ArrayList<>();

    AbeliaPeers() throws IOException {
        start();
        start();
    }

    private void start() throws IOException {
        nodes.add(new RealNode(nodes.size(), endpoints, scratch.path(), null));
        nodes.get(nodes.size() - 1).awaitJoined();
    }

    @Override
    public void update(final int key) {
        try (Transaction tx = Work.begin(nodes.get(0).engine())) {
            Work.require(tx.increment("counters", "counter-" + key, 1).commit());
        }
    }

    private long read(final int node, final int key) {
        return nodes.get(node)
                .engine()
                .latest()
                .readLong(nodes.get(node).engine().cell(CellType.COUNTER, "counters", "counter-" + key));
    }

    @Override
    public long readOnSecond(final int key) {
        return read(1, key);
    }

    @Override
    public void startThird() throws IOException {
        start();
    }

    @Override
    public long readOnThird(final int key) {
        return read(2, key);
    }

    @Override
    public void close() throws IOException {
        for (final RealNode node : nodes) {
            node.close();
        }
        scratch.close();
    }

    /** Serves measurements of these nodes. */
    public static void main(final String[] args) throws Exception {
        try (AbeliaPeers peers = new AbeliaPeers()) {
            PeersProcess.serve(peers);
        }
    }
}
