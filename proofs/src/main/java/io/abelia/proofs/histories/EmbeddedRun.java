package io.abelia.proofs.histories;

import io.abelia.histories.History;
import io.abelia.histories.HistoryRecorder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * Records a history on three real engines in this process: their network cuts off, loses, doubles and reorders, their wall clocks disagree by
 * up to two minutes, they are killed and launched again from their directories, and clients move between them; in the end they converge
 * and are audited. One thread and one seed: equal plans make equal histories.
 */
final class EmbeddedRun implements AutoCloseable {
    private static final int KILL_ONE_IN = 1_500;
    private static final int LAUNCH_ONE_IN = 300;

    /** Steps for each transaction, beyond which something hangs. */
    private static final int MAX_STEPS = 500;

    private final RunPlan plan;
    private final SplittableRandom random;
    private final HistoryRecorder recorder = new HistoryRecorder();
    private final RunCounts counts = new RunCounts();
    private final AtomicLong values = new AtomicLong();
    private final EmbeddedGroup group;
    private final List<EmbeddedSession> sessions;

    private EmbeddedRun(final RunPlan plan, final Path directory) throws IOException {
        this.plan = plan;
        random = new SplittableRandom(plan.seed());
        group = new EmbeddedGroup(directory, random.split(), counts);
        for (int key = 0; key < RegisterKeys.COUNT; key++) {
            if (RegisterKeys.isMultiValue(key)) {
                recorder.multiValue(key);
            }
        }
        sessions = Stream.generate(this::session).limit(plan.sessions()).toList();
    }

    /** What a run recorded, and what happened in it. */
    record Recording(History history, RunCounts counts) {}

    /** Runs a plan in an empty directory. */
    static Recording record(final RunPlan plan, final Path directory) throws IOException {
        try (EmbeddedRun run = new EmbeddedRun(plan, directory)) {
            run.go();
            return new Recording(run.recorder.build(), run.counts);
        }
    }

    @Override
    public void close() throws IOException {
        group.close();
    }

    private void go() throws IOException {
        for (long step = 0; counts.transactions < plan.transactions(); step++) {
            if (step > (long) plan.transactions() * MAX_STEPS) {
                throw new IllegalStateException("seed " + plan.seed() + " hangs after " + counts);
            }
            sessions.get(random.nextInt(sessions.size())).step();
            if (random.nextInt(2) == 0) {
                group.turn();
            }
            killOrLaunch();
        }
        audit();
    }

    /**
     * The network is whole again and all nodes are up: every session says farewell in a key of its own, and once all nodes have the same clock an
     * auditor reads everything on each of them. It reads from every session, so nothing acknowledged may be missing, and it is one
     * session, so no two nodes may differ.
     */
    private void audit() throws IOException {
        for (int node = 0; node < EmbeddedGroup.NODES; node++) {
            endTransactions(node);
        }
        group.launchAll();
        for (int i = 0; i < sessions.size(); i++) {
            sessions.get(i).farewell(RegisterKeys.farewell(i));
        }
        if (group.converge()) {
            final EmbeddedSession auditor = session();
            for (int node = 0; node < EmbeddedGroup.NODES; node++) {
                auditor.readAllAt(node, RegisterKeys.farewell(sessions.size()));
                counts.audited++;
            }
        }
    }

    private EmbeddedSession session() {
        return new EmbeddedSession(group, plan, recorder, values::incrementAndGet, random.split(), counts);
    }

    private void killOrLaunch() throws IOException {
        if (group.areAllUp()) {
            if (random.nextInt(KILL_ONE_IN) == 0) {
                final int node = random.nextInt(EmbeddedGroup.NODES);
                endTransactions(node);
                group.node(node).kill();
                counts.kills++;
            }
        } else if (random.nextInt(LAUNCH_ONE_IN) == 0) {
            group.launchAll();
        }
    }

    private void endTransactions(final int node) {
        sessions.forEach(session -> session.onKill(node));
    }
}
