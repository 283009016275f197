package io.abelia.proofs.histories;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.abelia.histories.CausalConsistencyChecker;
import io.abelia.histories.History;
import io.abelia.histories.HistoryText;
import io.abelia.histories.ReadAtomicityChecker;
import io.abelia.histories.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Histories of real engines under faults, kills and moves, and controls that have to be rejected. Rerun one seed with {@code
 * -Dhistories.seed=N}; a history that is rejected is kept in {@code target/histories}, to be judged again by {@link HistoriesCommand}.
 */
class EmbeddedRunTest {
    private static final int TRANSACTIONS = Integer.getInteger("histories.transactions", 5_000);
    private static final int CONTROL_TRANSACTIONS = 1_000;
    private static final int MAX_CONTROL_SEEDS = 12;
    private static final long NS_PER_MS = 1_000_000;

    @TempDir
    private Path directory;

    private History record(final RunPlan plan) throws IOException {
        final long startNs = System.nanoTime();
        final EmbeddedRun.Recording recording = EmbeddedRun.record(plan, Files.createTempDirectory(directory, "run"));
        System.out.println(plan + ": " + recording.counts() + ", recorded in "
                + (System.nanoTime() - startNs) / NS_PER_MS + " ms");
        assertEquals(0, recording.counts().refused);
        assertEquals(EmbeddedGroup.NODES, recording.counts().audited);
        assertTrue(recording.counts().moves > 0 && recording.counts().kills > 0 && recording.counts().cuts > 0);
        return recording.history();
    }

    private static void assertAccepted(final RunPlan plan, final History history, final Verdict verdict)
            throws IOException {
        if (!verdict.isAccepted()) {
            final Path kept =
                    Files.createDirectories(Path.of("target", "histories")).resolve("history-" + plan.seed() + ".txt");
            Files.writeString(kept, HistoryText.write(history, plan + "\n" + verdict));
            fail("-Dhistories.seed=" + plan.seed() + ", kept in " + kept.toAbsolutePath() + ": " + verdict);
        }
    }

    /** Six seeds, or the one that is asked for. */
    static LongStream seeds() {
        final Long seed = Long.getLong("histories.seed");
        return seed == null ? LongStream.rangeClosed(1, 6) : LongStream.of(seed);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void shouldRecordNothingButCausallyConsistentHistories(final long seed) throws IOException {
        final RunPlan plan = RunPlan.of(seed, TRANSACTIONS);
        final History history = record(plan);
        final long startNs = System.nanoTime();
        final Verdict atomic = ReadAtomicityChecker.check(history);
        final Verdict causal = CausalConsistencyChecker.check(history);
        System.out.println("  judged in " + (System.nanoTime() - startNs) / NS_PER_MS + " ms: " + causal);
        assertAccepted(plan, history, atomic);
        assertAccepted(plan, history, causal);
        assertTrue(history.transactions() >= TRANSACTIONS);
        assertTrue(causal.open() < causal.reads() / 100, "few reads are left undecided: " + causal);
    }

    @Test
    void shouldRecordTheSameUnderTheSameSeed() throws IOException {
        final RunPlan plan = RunPlan.of(7, CONTROL_TRANSACTIONS);
        assertEquals(HistoryText.write(record(plan), ""), HistoryText.write(record(plan), ""));
    }

    /** Runs seeds until one is rejected. */
    private Verdict rejected(final RunPlan.Moves moves, final RunPlan.Reads reads) throws IOException {
        for (long seed = 1; seed <= MAX_CONTROL_SEEDS; seed++) {
            final Verdict verdict = CausalConsistencyChecker.check(
                    record(RunPlan.of(seed, CONTROL_TRANSACTIONS).moves(moves).reads(reads)));
            if (!verdict.isAccepted()) {
                System.out.println("  " + verdict);
                return verdict;
            }
        }
        return fail("none of " + MAX_CONTROL_SEEDS + " seeds was rejected");
    }

    @Test
    void shouldRejectSessionsThatMoveWithNothing() throws IOException {
        assertFalse(rejected(RunPlan.Moves.NOTHING, RunPlan.Reads.SNAPSHOT).isAccepted());
    }

    @Test
    void shouldRejectSessionsThatMoveWithTheTokenOfTheirLastCommitOnly() throws IOException {
        assertFalse(rejected(RunPlan.Moves.COMMIT_TOKEN, RunPlan.Reads.SNAPSHOT).isAccepted());
    }

    @Test
    void shouldRejectTransactionsThatReadEachKeyByItself() throws IOException {
        final Verdict verdict = ReadAtomicityChecker.check(
                record(RunPlan.of(1, CONTROL_TRANSACTIONS).reads(RunPlan.Reads.EACH_KEY_ALONE)));
        assertFalse(verdict.isAccepted());
        System.out.println("  " + verdict);
    }
}
