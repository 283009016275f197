package io.abelia.engine.replicate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.transaction.CommitResult;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MembershipTest extends GroupTest {
    @Test
    void shouldAdmitNodesThatAskTheGroupWhichOneFounded() throws IOException {
        startThree();
        commit(2, "a");
        until(() -> read(1, "a") == 1 && read(3, "a") == 1);
        assertEquals(GROUP, nodes.get(3L).replica().epoch().group());
    }

    @Test
    void shouldAdmitNobodyWhoWouldWaitForAnotherThatWaits() throws IOException {
        final long slowerThanAdmissionsNs = 700_000_000;
        start(1, true, context -> context.found(GROUP).foundDelayNs(0).heartbeatIntervalNs(slowerThanAdmissionsNs));
        for (long node = 2; node <= 6; node++) {
            start(node, true, context -> context.join().heartbeatIntervalNs(slowerThanAdmissionsNs));
        }
        until(() -> nodes.values().stream().allMatch(node -> node.engine().isJoined()));
    }

    @Test
    void shouldNotFoundAnotherGroupWhenTheFounderHasLostItsDisk() throws IOException {
        startThree();
        commit(2, "a");
        stop(1);
        Files.move(directory.resolve("node-1"), directory.resolve("lost"));
        start(1, true, context -> context.found(GROUP + 7));
        until(() -> nodes.get(1L).engine().isJoined());
        assertEquals(GROUP, nodes.get(1L).replica().epoch().group());
        assertEquals(1, read(1, "a"));
    }

    @Test
    void shouldRememberTheGroupAcrossLaunches() throws IOException {
        startThree();
        stop(2);
        start(2, false, ReplicaContext::join);
        assertEquals(Set.of(1L, 2L, 3L), members(nodes.get(2L)));
        assertEquals(CommitResult.COMMITTED, commit(2, "a"), "without waiting for anybody");
        until(() -> read(1, "a") == 1);
    }

    @Test
    void shouldNotMergeTwoFoundedGroups() throws IOException {
        startThree();
        network.cut(4);
        start(4, true, context -> context.found(GROUP + 1).foundDelayNs(0));
        rounds(10);
        network.heal();
        commit(1, "a");
        commit(4, "a");
        rounds(200);
        assertEquals(1, read(1, "a"));
        assertEquals(1, read(4, "a"));
        assertEquals(Set.of(1L, 2L, 3L), members(nodes.get(1L)));
        assertTrue(nodes.get(1L).engine().status().values().get("messages of other groups dropped") > 0);
    }

    @Test
    void shouldGoOnCollectingOnceADeadMemberHasBeenRemoved() throws IOException {
        startThree();
        stop(3);
        rounds(50);
        commit(1, "a");
        rounds(200);
        final long origin = nodes.get(1L).engine().origin();
        assertEquals(0, nodes.get(2L).replica().frontier().get(origin), "nothing is stable while a member is away");
        nodes.get(2L).replica().remove(3);
        until(() -> nodes.get(2L).replica().frontier().get(origin) > 0
                && nodes.get(1L).replica().frontier().get(origin) > 0);
        assertEquals(Set.of(1L, 2L), members(nodes.get(1L)));
        assertFalse(nodes.get(2L).replica().isChanging());
    }

    @Test
    void shouldRemoveNobodyWithoutAMajority() throws IOException {
        startThree();
        start(4, true, ReplicaContext::join);
        until(() -> members(nodes.get(4L)).size() == 4 && nodes.get(4L).engine().isJoined());
        network.cut(3);
        network.cut(4);
        final Replica first = nodes.get(1L).replica();
        first.remove(4);
        rounds(3000);
        assertEquals(Set.of(1L, 2L, 3L, 4L), first.epoch().members(), "two of four are no majority");
        assertTrue(first.isChanging());
        network.heal();
        until(() -> nodes.values().stream().allMatch(node -> members(node).equals(Set.of(1L, 2L, 3L))));
    }

    @Test
    void shouldFenceARemovedNodeThatReturns() throws IOException {
        startThree();
        network.cut(3);
        assertEquals(CommitResult.COMMITTED, commit(3, "unseen"));
        nodes.get(1L).replica().remove(3);
        until(() -> members(nodes.get(2L)).size() == 2);
        stop(3);
        network.heal();
        start(3, false, ReplicaContext::join);
        assertEquals(CommitResult.COMMITTED, commit(3, "unseen"), "it has not heard yet");
        until(() -> nodes.get(3L).engine().fenced() != null);
        assertEquals(CommitResult.FENCED, commit(3, "unseen"));
        rounds(300);
        assertEquals(0, read(1, "unseen"));
        stop(3);
        start(3, false, ReplicaContext::join);
        assertNotNull(nodes.get(3L).engine().fenced(), "it remembers");
        stop(3);
        Files.move(directory.resolve("node-3"), directory.resolve("node-3-old"));
        start(3, true, ReplicaContext::join);
        until(() -> nodes.get(3L).engine().fenced() != null);
        assertFalse(nodes.get(3L).engine().isJoined(), "its number is spent");
        start(5, true, ReplicaContext::join);
        until(() -> nodes.get(5L).engine().isJoined());
        assertEquals(Set.of(1L, 2L, 5L), members(nodes.get(1L)));
    }

    @Test
    void shouldLearnOfARemovalThatTheRemovedNodeDecided() throws IOException {
        startThree();
        nodes.get(3L).replica().remove(3);
        until(() -> members(nodes.get(1L)).equals(Set.of(1L, 2L))
                && members(nodes.get(2L)).equals(Set.of(1L, 2L)));
        assertNotNull(nodes.get(3L).engine().fenced());
    }

    @Test
    void shouldDecideRemovalsOneAfterTheOther() throws IOException {
        startThree();
        start(4, true, ReplicaContext::join);
        start(5, true, ReplicaContext::join);
        until(() -> nodes.values().stream()
                .allMatch(node -> members(node).size() == 5 && node.engine().isJoined()));
        nodes.get(1L).replica().remove(4);
        nodes.get(1L).replica().remove(5);
        until(() -> members(nodes.get(2L)).equals(Set.of(1L, 2L, 3L)));
    }

    @Test
    void shouldFenceAnOldDiskThatAnotherHasTakenThePlaceOf() throws IOException {
        startThree();
        commit(3, "a");
        rounds(100);
        stop(3);
        Files.move(directory.resolve("node-3"), directory.resolve("old-disk"));
        start(3, true, ReplicaContext::join);
        until(() -> nodes.get(3L).engine().isJoined());
        rounds(100);
        stop(3);
        Files.move(directory.resolve("node-3"), directory.resolve("new-disk"));
        Files.move(directory.resolve("old-disk"), directory.resolve("node-3"));
        start(3, false, ReplicaContext::join);
        until(() -> nodes.get(3L).engine().fenced() != null);
        assertEquals(CommitResult.FENCED, commit(3, "b"));
    }

    @Test
    void shouldDecideOneOfTwoRemovalsThatContradictEachOther() throws IOException {
        startThree();
        nodes.get(1L).replica().remove(2);
        nodes.get(2L).replica().remove(1);
        until(() -> members(nodes.get(3L)).size() == 2);
        rounds(2000);
        assertEquals(2, members(nodes.get(3L)).size(), "who has been removed removes nobody");
        assertTrue(members(nodes.get(3L)).contains(3L));
    }

    @Test
    void shouldAgreeOnEveryEpochUnderLossAndRestarts() throws IOException {
        startThree();
        network.lose(0.3);
        network.duplicate(0.2);
        network.reorder(0.3);
        for (int i = 0; i < 6; i++) {
            final long joining = 10L + i;
            start(joining, true, ReplicaContext::join);
            rounds(random.nextInt(1500));
            final long other = 1L + random.nextInt(3);
            if (nodes.containsKey(other)) {
                stop(other);
                rounds(random.nextInt(300));
                start(other, false, ReplicaContext::join);
            }
            final Node asked = nodes.get(1L);
            final long leaving = joining - 2;
            if (members(asked).contains(leaving) && leaving >= 10) {
                nodes.get(1L).replica().remove(leaving);
                if (members(nodes.get(2L)).contains(leaving)) {
                    nodes.get(2L).replica().remove(leaving);
                }
            }
        }
        network.heal();
        until(() -> members(nodes.get(1L)).containsAll(Set.of(1L, 2L, 3L, 14L, 15L))
                && nodes.values().stream()
                        .allMatch(node -> node.replica()
                                .epoch()
                                .equals(nodes.get(1L).replica().epoch())));
        assertTrue(epochs.size() > 6, epochs.toString());
    }

    @Test
    void shouldLetAWipedNodeVoteOnlyOnceItHasBeenAdmittedAgain() throws IOException {
        startThree();
        final long before = nodes.get(1L).replica().epoch().number();
        stop(3);
        Files.move(directory.resolve("node-3"), directory.resolve("lost"));
        start(3, true, ReplicaContext::join);
        until(() -> nodes.get(3L).engine().isJoined());
        until(() -> nodes.get(1L).replica().peers().stream().allMatch(Peer::votes));
        assertTrue(nodes.get(3L).replica().epoch().number() > before);
        assertEquals(Set.of(1L, 2L, 3L), members(nodes.get(1L)));
    }

    @Test
    void shouldRemoveTheOtherOfTwoOnTheWordOfAnOperator() throws IOException {
        start(1, true, context -> context.found(GROUP).foundDelayNs(0));
        start(2, true, ReplicaContext::join);
        until(() -> nodes.get(2L).engine().isJoined());
        rounds(100);
        stop(2);
        nodes.get(1L).replica().remove(2);
        rounds(1000);
        assertEquals(Set.of(1L, 2L), members(nodes.get(1L)));
        nodes.get(1L).replica().forceRemove(2);
        assertEquals(Set.of(1L), members(nodes.get(1L)));
        assertThrows(
                IllegalArgumentException.class, () -> nodes.get(1L).replica().remove(1));
    }

    @Test
    void shouldFenceANodeWhoseDirectoryWasPutBack() throws IOException {
        startThree();
        commit(3, "a");
        rounds(50);
        stop(3);
        copy(directory.resolve("node-3"), directory.resolve("image"));
        start(3, false, ReplicaContext::join);
        commit(3, "b");
        until(() -> read(1, "b") == 1);
        rounds(200);
        stop(3);
        Files.move(directory.resolve("node-3"), directory.resolve("newer"));
        copy(directory.resolve("image"), directory.resolve("node-3"));
        start(3, false, ReplicaContext::join);
        assertEquals(CommitResult.COMMITTED, commit(3, "c"));
        until(() -> nodes.get(3L).engine().fenced() != null);
        assertEquals(CommitResult.FENCED, commit(3, "c"));
        rounds(300);
        assertEquals(0, read(1, "c"), "nothing of it is taken");
        stop(3);
        Files.move(directory.resolve("node-3"), directory.resolve("fenced"));
        start(3, true, ReplicaContext::join);
        until(() -> nodes.get(3L).engine().isJoined());
        assertNull(nodes.get(3L).engine().fenced());
        assertEquals(1, read(3, "b"));
    }

    @Test
    void shouldRefuseTheDirectoryOfAnotherNode() throws IOException {
        startThree();
        stop(2);
        stop(3);
        Files.move(directory.resolve("node-3"), directory.resolve("gone"));
        copy(directory.resolve("node-2"), directory.resolve("node-3"));
        final IllegalStateException refusal =
                assertThrows(IllegalStateException.class, () -> start(3, false, ReplicaContext::join));
        assertTrue(refusal.getMessage().contains("that of node 2"), refusal.getMessage());
    }
}
