package io.abelia.histories;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** The checkers against {@link BruteForce} on random tiny histories; rerun one seed with -Dhistories.oracle.seed, look longer with -Dhistories.oracle.count. */
class CheckerOracleTest {
    private static final int HISTORIES = Integer.getInteger("histories.oracle.count", 4000);
    private static final long SEED = Long.getLong("histories.oracle.seed", 1);

    private int accepted;
    private int rejected;
    private int open;

    private static String text(final long seed, final History history) {
        return HistoryText.write(history, "-Dhistories.oracle.seed=" + seed);
    }

    private void count(final Verdict verdict) {
        accepted += verdict.isAccepted() ? 1 : 0;
        rejected += verdict.isAccepted() ? 0 : 1;
        open += verdict.open() > 0 ? 1 : 0;
    }

    private void report(final String what) {
        System.out.println(what + " from seed " + SEED + ": " + accepted + " accepted, " + rejected + " rejected, "
                + open + " with open obligations");
        assertTrue(accepted > HISTORIES / 20 && rejected > HISTORIES / 20, "both verdicts occur");
    }

    private interface Judge {
        void judge(long seed, History history);
    }

    private static void forEachSeed(final TinyHistory.Keys keys, final boolean readsBeforeWrites, final Judge judge) {
        for (long seed = SEED; seed < SEED + HISTORIES; seed++) {
            judge.judge(seed, new TinyHistory(new Random(seed), keys, readsBeforeWrites).make());
        }
    }

    @Test
    void shouldDecideCausalConsistencyOfLastWriterKeysAsBruteForceDoes() {
        forEachSeed(TinyHistory.Keys.LAST_WRITER, false, (seed, history) -> {
            final Verdict verdict = CausalConsistencyChecker.check(history);
            count(verdict);
            assertEquals(
                    BruteForce.isCausallyConsistent(history),
                    verdict.isAccepted(),
                    () -> text(seed, history) + verdict);
        });
        report("last-writer keys, causal consistency");
    }

    @Test
    void shouldDecideReadAtomicityOfLastWriterKeysAsBruteForceDoes() {
        forEachSeed(TinyHistory.Keys.LAST_WRITER, false, (seed, history) -> {
            final Verdict verdict = ReadAtomicityChecker.check(history);
            count(verdict);
            assertEquals(BruteForce.isReadAtomic(history), verdict.isAccepted(), () -> text(seed, history) + verdict);
        });
        report("last-writer keys, read atomicity");
    }

    @Test
    void shouldDecideMultiValueKeysAsBruteForceDoesWhenWhoWritesHasRead() {
        forEachSeed(TinyHistory.Keys.MULTI_VALUE, true, (seed, history) -> {
            final Verdict verdict = CausalConsistencyChecker.check(history);
            count(verdict);
            assertEquals(0, verdict.open(), () -> text(seed, history) + verdict);
            assertEquals(
                    BruteForce.isCausallyConsistent(history),
                    verdict.isAccepted(),
                    () -> text(seed, history) + verdict);
        });
        report("multi-value keys that are read before they are written");
    }

    @Test
    void shouldDecideMixedKeysAsBruteForceDoesUnlessObligationsAreLeftOpen() {
        forEachSeed(TinyHistory.Keys.MIXED, false, (seed, history) -> {
            final Verdict verdict = CausalConsistencyChecker.check(history);
            count(verdict);
            final boolean consistent = BruteForce.isCausallyConsistent(history);
            if (consistent || verdict.open() == 0) {
                assertEquals(consistent, verdict.isAccepted(), () -> text(seed, history) + verdict);
            }
        });
        report("mixed keys");
    }

    @Test
    void shouldNeverRejectAMultiValueHistoryThatIsReadAtomic() {
        forEachSeed(TinyHistory.Keys.MIXED, false, (seed, history) -> {
            final Verdict verdict = ReadAtomicityChecker.check(history);
            count(verdict);
            if (!verdict.isAccepted()) {
                assertFalse(BruteForce.isReadAtomic(history), () -> text(seed, history) + verdict);
                assertFalse(CausalConsistencyChecker.check(history).isAccepted(), () -> text(seed, history) + verdict);
            }
        });
        report("mixed keys, read atomicity");
    }
}
