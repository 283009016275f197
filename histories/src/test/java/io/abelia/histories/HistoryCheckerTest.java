package io.abelia.histories;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Minimal histories, each of which breaks one guarantee and no simpler one, and their neighbours that break none. */
class HistoryCheckerTest {
    private static Verdict causal(final String... lines) {
        return CausalConsistencyChecker.check(HistoryText.read(String.join("\n", lines)));
    }

    private static Verdict atomic(final String... lines) {
        return ReadAtomicityChecker.check(HistoryText.read(String.join("\n", lines)));
    }

    private static void assertRejected(final Anomaly.Kind kind, final Verdict verdict) {
        assertEquals(kind, verdict.kind(), verdict::toString);
    }

    private static void assertAccepted(final Verdict verdict) {
        assertTrue(verdict.isAccepted(), verdict::toString);
    }

    private static void assertBothReject(final Anomaly.Kind kind, final String... lines) {
        assertRejected(kind, atomic(lines));
        assertRejected(kind, causal(lines));
    }

    private static void assertOnlyCausalityRejects(final Anomaly.Kind kind, final String... lines) {
        assertAccepted(atomic(lines));
        assertRejected(kind, causal(lines));
    }

    @Test
    void shouldAcceptAnEmptyHistory() {
        assertAccepted(causal(""));
        assertAccepted(atomic("session"));
    }

    @Test
    void shouldRejectAFracturedRead() {
        assertBothReject(Anomaly.Kind.FRACTURED_READ, "session", "w1 w2", "session", "r1=0.0 r2=-");
        assertBothReject(Anomaly.Kind.FRACTURED_READ, "multi 1 2", "session", "w1 w2", "session", "r1=0.0 r2=-");
    }

    @Test
    void shouldRejectAFracturedReadOfAnOverwrittenKey() {
        assertBothReject(Anomaly.Kind.FRACTURED_READ, "session", "w1 w2", "w1 w2", "session", "r1=0.1 r2=0.0");
        assertBothReject(
                Anomaly.Kind.FRACTURED_READ,
                "multi 1 2",
                "session",
                "w1 w2",
                "session",
                "r1=0.0 w1 w2",
                "session",
                "w1",
                "session",
                "r1=1.0,2.0 r2=0.0,1.0");
    }

    @Test
    void shouldRejectAReadThatIsNotRepeated() {
        assertBothReject(Anomaly.Kind.FRACTURED_READ, "session", "w1", "session", "r1=- r1=0.0");
    }

    @Test
    void shouldRejectASessionThatDoesNotReadItsOwnWrites() {
        assertBothReject(Anomaly.Kind.READ_YOUR_WRITES, "session", "w1", "r1=-");
        assertBothReject(Anomaly.Kind.READ_YOUR_WRITES, "session", "w1", "session", "r1=0.0 w1", "r1=0.0");
        assertBothReject(Anomaly.Kind.READ_YOUR_WRITES, "multi 1", "session", "w1", "session", "r1=0.0 w1", "r1=0.0");
    }

    @Test
    void shouldRejectReadsThatAreNotMonotonic() {
        assertOnlyCausalityRejects(Anomaly.Kind.MONOTONIC_READS, "session", "w1", "session", "r1=0.0", "r1=-");
        assertOnlyCausalityRejects(Anomaly.Kind.MONOTONIC_READS, "session", "w1", "w1", "session", "r1=0.1", "r1=0.0");
        assertOnlyCausalityRejects(
                Anomaly.Kind.MONOTONIC_READS,
                "multi 1",
                "session",
                "w1",
                "session",
                "w1",
                "session",
                "r1=0.0,1.0",
                "r1=1.0");
    }

    @Test
    void shouldRejectWritesThatAreNotMonotonic() {
        assertOnlyCausalityRejects(Anomaly.Kind.MONOTONIC_WRITES, "session", "w1", "w2", "session", "r2=0.1 r1=-");
    }

    @Test
    void shouldRejectWritesThatDoNotFollowReads() {
        assertOnlyCausalityRejects(
                Anomaly.Kind.WRITES_FOLLOW_READS, "session", "w1", "session", "r1=0.0", "w2", "session", "r2=1.1 r1=-");
    }

    @Test
    void shouldRejectLostCausality() {
        assertOnlyCausalityRejects(
                Anomaly.Kind.LOST_CAUSALITY, "session", "w1", "session", "r1=0.0 w2", "session", "r2=1.0 r1=-");
        assertOnlyCausalityRejects(
                Anomaly.Kind.LOST_CAUSALITY,
                "session",
                "w1",
                "session",
                "r1=0.0 w2",
                "session",
                "r2=1.0 w3",
                "session",
                "r3=2.0",
                "r1=-");
    }

    @Test
    void shouldRejectTransactionsThatReadFromEachOther() {
        assertBothReject(Anomaly.Kind.CAUSALITY_CYCLE, "session", "r2=1.0 w1", "session", "r1=0.0 w2");
        assertBothReject(Anomaly.Kind.CAUSALITY_CYCLE, "session", "r1=0.1", "w1");
    }

    @Test
    void shouldRejectAValueThatNobodyWrote() {
        assertBothReject(Anomaly.Kind.READ_FROM_NOWHERE, "session", "r1=?");
    }

    @Test
    void shouldRejectATransactionThatDoesNotReadItsOwnWrite() {
        assertBothReject(Anomaly.Kind.INTERNAL_READ, "session", "w1", "session", "w1 r1=0.0");
        assertAccepted(causal("session", "w1", "session", "r1=0.0 w1 r1=1.0"));
    }

    @Test
    void shouldRejectReadersThatDisagreeAboutTheLastWriter() {
        final String[] lines = {
            "session", "w1", "session", "w1", "session", "r1=0.0", "r1=1.0", "session", "r1=1.0", "r1=0.0"
        };
        assertAccepted(atomic(lines));
        assertRejected(Anomaly.Kind.CONFLICTING_ORDERS, causal(lines));
    }

    @Test
    void shouldAcceptThatReadersOfAMultiValueKeySeeConcurrentWritesInAnyOrder() {
        assertAccepted(causal(
                "multi 1",
                "session",
                "w1",
                "session",
                "w1",
                "session",
                "r1=0.0",
                "r1=0.0,1.0",
                "session",
                "r1=1.0",
                "r1=0.0,1.0"));
    }

    @Test
    void shouldRejectAMultiValueReadThatLacksAConcurrentWrite() {
        // 2.0 has read both, and what 3.0 returns has seen neither
        assertOnlyCausalityRejects(
                Anomaly.Kind.LOST_CAUSALITY,
                "multi 1",
                "session",
                "r1=- w1",
                "session",
                "r1=- w1",
                "session",
                "r1=0.0,1.0 w2",
                "session",
                "r2=2.0 r1=0.0");
    }

    @Test
    void shouldRejectAMultiValueReadThatStillHoldsAReplacedWrite() {
        assertBothReject(
                Anomaly.Kind.REPLACED_WRITE,
                "multi 1",
                "session",
                "w1",
                "session",
                "r1=0.0 w1",
                "session",
                "r1=0.0,1.0");
    }

    @Test
    void shouldAcceptABlindWriteThatMayHaveOverwrittenWhatAReadLacks() {
        assertAccepted(causal("multi 1", "session", "w1 w2", "session", "w1", "session", "r2=0.0 r1=1.0"));
    }

    @Test
    void shouldHoldABlindWriteToWhatItMustHaveSeen() {
        // 1.0 has seen 0.0, as 2.0 shows, and so it may not read the past of 0.0
        assertRejected(
                Anomaly.Kind.LOST_CAUSALITY,
                causal("multi 1", "session", "w1 w2", "session", "r2=- w1", "session", "r2=0.0 r1=1.0"));
    }

    @Test
    void shouldTellWhenAnObligationIsLeftOpen() {
        final Verdict verdict =
                causal("multi 1", "session", "w1 w2", "session", "w1", "session", "w1", "session", "r2=0.0 r1=1.0,2.0");
        assertAccepted(verdict);
        assertEquals(1, verdict.open());
    }

    @Test
    void shouldRejectAMultiValueReadWhoseWritesHaveAllReadTooLittleToReplaceWhatItLacks() {
        assertRejected(
                Anomaly.Kind.FRACTURED_READ,
                causal(
                        "multi 1",
                        "session",
                        "r1=- w1 w2",
                        "session",
                        "r1=- w1",
                        "session",
                        "r1=- w1",
                        "session",
                        "r2=0.0 r1=1.0,2.0"));
    }

    @Test
    void shouldFollowReadsBackToABlindWriteThatMayHaveReplacedWhatAReadLacks() {
        final Verdict verdict = causal(
                "multi 1",
                "session",
                "w1 w2",
                "session",
                "w1",
                "r1=1.0 w1",
                "session",
                "r1=- w1",
                "session",
                "r2=0.0 r1=1.1,2.0");
        assertAccepted(verdict);
        assertEquals(0, verdict.open(), "only 1.1 may have seen it, through 1.0");
    }

    @Test
    void shouldExplainWhatBrokeInAFewLines() {
        final Verdict verdict = causal("session", "w1", "w1", "session", "r1=0.1", "r1=0.0");
        assertEquals("""
                rejected, MONOTONIC_READS: a session had read from a transaction and later saw less than that
                  1.1 reads key 1 from 0.0, not from 0.1
                  0.1 comes before 1.1: 0.1 --key 1 is read--> 1.0 --same session--> 1.1
                  0.1 is newer than 0.0: 0.0 --same session--> 0.1
                  transaction 0.0: w1
                  transaction 0.1: w1
                  transaction 1.0: r1=0.1
                  transaction 1.1: r1=0.0""", verdict.toString());
    }
}
