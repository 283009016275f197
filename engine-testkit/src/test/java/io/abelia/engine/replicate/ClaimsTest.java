package io.abelia.engine.replicate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.Engine;
import io.abelia.engine.transaction.CommitResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import org.junit.jupiter.api.Test;

/** Two processes under one number, and clocks that are wrong. */
class ClaimsTest extends GroupTest {
    private static final long TWIN = 33;
    private static final long YEAR_MS = 365L * 86_400_000;

    private BiPredicate<Long, Long> blocked = (node, origin) -> false;

    @Override
    boolean isBlocked(final long node, final long origin) {
        return blocked.test(node, origin);
    }

    private static List<String> errors(final Engine engine) {
        final List<String> errors = new ArrayList<>();
        engine.status()
                .errors((count, first, last, text) ->
                        errors.add(text.lines().findFirst().orElse("")));
        return errors;
    }

    private static boolean says(final Engine engine, final String part) {
        return errors(engine).stream().anyMatch(error -> error.contains(part));
    }

    @Test
    void shouldRefuseAnEmptyDirectoryThatClaimsTheNumberOfALivingMember() throws IOException {
        startThree();
        commit(3, "a");
        rounds(100);
        start(TWIN, true, context -> context.node(3).join());
        rounds(5000);
        assertNull(nodes.get(3L).engine().fenced(), "the living member goes on");
        assertEquals(CommitResult.COMMITTED, commit(3, "b"));
        until(() -> read(1, "b") == 1 && read(2, "b") == 1);
        assertFalse(nodes.get(TWIN).engine().isJoined());
        assertEquals(CommitResult.NOT_JOINED, commit(TWIN, "c"));
        assertTrue(says(nodes.get(TWIN).engine(), "number 3 is held by a living member"));
        assertTrue(says(nodes.get(3L).engine(), "another process claims to be node 3"));
        assertTrue(says(nodes.get(1L).engine(), "another process claims the number of node 3"));
    }

    @Test
    void shouldRefuseAClaimOfANumberWhoseHolderSomeMembersDoNotHear() throws IOException {
        startThree();
        final long holder = nodes.get(3L).engine().origin();
        final long second = nodes.get(2L).engine().origin();
        blocked = (node, origin) -> node == 2 && origin == holder || node == 3 && origin == second;
        rounds(3000);
        start(TWIN, true, context -> context.node(3).join());
        rounds(3000);
        assertFalse(nodes.get(TWIN).engine().isJoined());
        blocked = (node, origin) -> false;
        rounds(3000);
        assertNull(nodes.get(3L).engine().fenced(), "the living member goes on");
        assertFalse(nodes.get(TWIN).engine().isJoined());
        assertEquals(CommitResult.COMMITTED, commit(3, "b"));
        until(() -> read(1, "b") == 1 && read(2, "b") == 1);
        stop(TWIN);
        final long seq = nodes.get(3L).engine().clock().get(holder);
        until(() -> nodes.get(1L).replica().frontier().get(holder) == seq
                && nodes.get(2L).replica().frontier().get(holder) == seq);
    }

    @Test
    void shouldTellBothSidesWhenAClockIsWrong() throws IOException {
        wrongMs.put(2L, 10 * YEAR_MS);
        startThree();
        rounds(100);
        assertTrue(says(nodes.get(1L).engine(), "the wall clock of node 2 says"));
        assertTrue(says(nodes.get(2L).engine(), "the wall clock of node 1 says"));
        assertEquals(
                10 * YEAR_MS,
                nodes.get(3L)
                        .engine()
                        .status()
                        .values()
                        .get("greatest difference of a peer's wall clock, milliseconds"),
                1000.0);
        wrongMs.clear();
        rounds(200);
        assertTrue(
                nodes.get(3L).engine().status().values().get("greatest difference of a peer's wall clock, milliseconds")
                        < 1000);
        commit(2, "a");
        commit(1, "a");
        until(() -> read(1, "a") == 2 && read(2, "a") == 2);
    }

    @Test
    void shouldRefuseToCommitWithAClockThatPeersWouldNotTake() throws IOException {
        startThree();
        wrongMs.put(2L, 5_000 * YEAR_MS);
        assertEquals(CommitResult.CLOCK_OUT_OF_RANGE, commit(2, "a"));
        assertTrue(says(nodes.get(2L).engine(), "Set the clock"));
        wrongMs.clear();
        assertEquals(CommitResult.COMMITTED, commit(2, "a"));
        until(() -> read(1, "a") == 1 && read(3, "a") == 1);
    }

    @Test
    void shouldLetNoClockThatAnAuthorMayHaveEndAGroup() throws IOException {
        wrongMs.put(2L, io.abelia.engine.clock.HybridClock.MAX_WALL_MS - WALL_MS - 30_000);
        startThree();
        assertEquals(CommitResult.COMMITTED, commit(2, "a"));
        until(() -> read(1, "a") == 1);
        for (int i = 0; i < 70_000; i++) {
            assertEquals(CommitResult.COMMITTED, commit(1, "b"));
            if (i % 500 == 0) {
                rounds(5);
            }
        }
        until(() -> read(2, "b") == 70_000 && read(3, "b") == 70_000);
    }
}
