package io.abelia.scheduler.outcome;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class FactsTest {
    private static final Slot HOME = new Slot(0, "a~1");
    private static final Slot TAKEN = new Slot(1, "b~1");
    private static final Slot BESIDE = new Slot(1, "c~1");
    private static final Result ONE = new Result(Result.End.DONE, "11", "x/0");
    private static final Result TWO = new Result(Result.End.DONE, "22", "y/0");

    private static Facts facts(final Fact... facts) {
        return new Facts(List.of(facts));
    }

    private static Fact claim(final Slot slot) {
        return Fact.of(Fact.Kind.CLAIM, slot);
    }

    @Test
    void shouldTakeWhatTheHomeBrokerAcceptsAsFinalAtOnce() {
        final Facts facts = facts(claim(HOME), Fact.accept(HOME, ONE));
        assertTrue(facts.isFinal());
        assertEquals(ONE, facts.outcome());
    }

    @Test
    void shouldLetTheLeastSlotWin() {
        final Facts facts = facts(claim(HOME), claim(TAKEN), Fact.accept(TAKEN, TWO), Fact.accept(HOME, ONE));
        assertEquals(ONE, facts.outcome());
        assertTrue(facts.isSuperseded(TWO.digest()));
        assertFalse(facts.isSuperseded(ONE.digest()));
    }

    @Test
    void shouldHoldATakeoversResultBackUntilEveryLowerSlotIsSealedAndTheClaimIsStable() {
        assertFalse(facts(claim(HOME), claim(TAKEN), Fact.accept(TAKEN, TWO)).isFinal());
        assertFalse(facts(claim(HOME), claim(TAKEN), Fact.accept(TAKEN, TWO), Fact.of(Fact.Kind.SEAL, HOME))
                .isFinal());
        assertFalse(facts(claim(HOME), claim(TAKEN), Fact.accept(TAKEN, TWO), Fact.of(Fact.Kind.STABLE, TAKEN))
                .isFinal());
        assertTrue(facts(
                        claim(HOME),
                        claim(TAKEN),
                        Fact.accept(TAKEN, TWO),
                        Fact.of(Fact.Kind.SEAL, HOME),
                        Fact.of(Fact.Kind.STABLE, TAKEN))
                .isFinal());
    }

    @Test
    void shouldAcceptInTheActiveSlotOnlyAndOnce() {
        assertTrue(facts(claim(HOME)).mayAccept(HOME));
        assertFalse(facts(claim(HOME), claim(TAKEN)).mayAccept(HOME), "a later claim is known");
        assertTrue(facts(claim(HOME), claim(TAKEN)).mayAccept(TAKEN));
        assertFalse(facts(claim(HOME), claim(TAKEN), Fact.accept(HOME, ONE)).mayAccept(TAKEN), "an ACCEPT is known");
        assertFalse(facts(claim(HOME), Fact.of(Fact.Kind.SEAL, HOME)).mayAccept(HOME));
    }

    @Test
    void shouldBreakTiesOfAnEpochByTheOwner() {
        final Facts facts = facts(claim(HOME), claim(BESIDE), claim(TAKEN));
        assertEquals(BESIDE, facts.active());
        assertEquals(2, facts.nextEpoch());
    }

    @Test
    void shouldReadWhatItWrote() {
        final Fact fact = Fact.accept(TAKEN, Result.failed("3 executions failed:\ttoo\nmany"));
        assertEquals(fact, Fact.decode(fact.encode()));
        assertThrows(IllegalArgumentException.class, () -> Fact.decode("ACCEPT"));
    }
}
