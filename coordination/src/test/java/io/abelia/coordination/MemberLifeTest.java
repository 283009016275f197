package io.abelia.coordination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.coordination.client.CoordinationClient;
import io.abelia.coordination.member.CoordinationMember;
import io.abelia.coordination.member.CoordinationMemberContext;
import io.abelia.coordination.member.Members;
import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.schema.Schema;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How members start, end by themselves and come back. */
final class MemberLifeTest {
    private static final long NO_SNAPSHOTS = 1L << 40;

    @TempDir
    private Path directory;

    private static CommitResult increment(final Engine engine) {
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATED)) {
            tx.increment("accounts", "ann", 1);
            return tx.commit();
        }
    }

    private static Engine engine(final CoordinationClient client) throws IOException {
        return Engine.launch(new EngineContext()
                .durability(Durability.MEMORY)
                .schema(Schema.builder().coordinated("accounts").build())
                .coordinator(client));
    }

    /** As an Aeron client does it that finds, behind a pause, that its time is over: the thread ends. */
    private static void endThread(final String name) {
        Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(name))
                .forEach(Thread::interrupt);
    }

    @Test
    void whatEndsByItselfIsLaunchedAgain() throws Exception {
        try (Group group = new Group(directory, 3, NO_SNAPSHOTS);
                CoordinationClient client = group.client(Duration.ofSeconds(40));
                Engine engine = engine(client)) {
            assertEquals(CommitResult.COMMITTED, increment(engine));
            for (final String part : new String[] {"consensus-module", "clustered-service", "archive-conductor"}) {
                final long[] restarts = new long[3];
                group.running().forEach((number, member) -> restarts[number] = member.restarts());
                endThread(part);
                Group.await(
                        "all members whose " + part + " ended run again",
                        () -> group.running().entrySet().stream()
                                .allMatch(each -> each.getValue().restarts() > restarts[each.getKey()]
                                        && each.getValue().problem() == null));
                assertEquals(CommitResult.COMMITTED, increment(engine), part);
            }
            final long position = group.running().values().stream()
                    .mapToLong(CoordinationMember::position)
                    .max()
                    .orElseThrow();
            assertEquals(4, position, "nothing was lost, and nothing done twice");
        }
    }

    private CoordinationMemberContext context(final int number, final Members members) {
        return new CoordinationMemberContext()
                .members(members)
                .member(number)
                .forced(false)
                .directory(directory.resolve("m"));
    }

    private String refusal(final CoordinationMemberContext context) {
        return String.valueOf(assertThrows(
                        IOException.class,
                        () -> CoordinationMember.launch(context).close())
                .getMessage());
    }

    @Test
    void aMemberWhoseDirectoryIsGoneIsRefused() throws IOException {
        final Members members = Group.freeMembers(3);
        final String empty = refusal(context(1, members));
        assertTrue(empty.contains("nothing of coordination member 1") && empty.contains("copy the"), empty);
        CoordinationMember.launch(context(1, members).firstStart(true)).close();
        CoordinationMember.launch(context(1, members)).close();
        final String again = refusal(context(1, members).firstStart(true));
        assertTrue(again.contains("leave out that this is its first start"), again);
        final String other = refusal(context(2, members));
        assertTrue(other.contains("directory of coordination member 1, not of 2"), other);
        Files.delete(directory.resolve("m/member"));
        CoordinationMember.launch(context(1, members))
                .close(); // what it remembers is there: a build before did not say whose it is
        remove(directory.resolve("m"));
        assertEquals(empty, refusal(context(1, members)));
    }

    @Test
    void aMemberWithoutItsDiskComesBackWithACopyOfTheLongestLog() throws Exception {
        final Members members;
        try (Group group = new Group(directory, 3, NO_SNAPSHOTS);
                CoordinationClient client = group.client(Duration.ofSeconds(40));
                Engine engine = engine(client)) {
            members = group.members();
            assertEquals(CommitResult.COMMITTED, increment(engine));
            Group.await(
                    "all have applied it",
                    () -> group.running().values().stream().allMatch(member -> member.position() == 1));
        }
        for (final String part : new String[] {"archive", "cluster"}) {
            remove(directory.resolve("m2").resolve(part));
            copy(directory.resolve("m1").resolve(part), directory.resolve("m2").resolve(part));
        }
        Files.delete(directory.resolve("m2/member"));
        try (CoordinationMember one =
                        CoordinationMember.launch(context(1, members).directory(directory.resolve("m1")));
                CoordinationMember two = CoordinationMember.launch(
                        context(2, members).directory(directory.resolve("m2")).firstStart(true))) {
            Group.await("both know the transaction", () -> one.position() == 1 && two.position() == 1);
            Group.await("one of them leads", () -> one.isLeader() || two.isLeader());
        }
    }

    private static void remove(final Path root) throws IOException {
        try (var files = Files.walk(root)) {
            for (final Path file :
                    files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static void copy(final Path from, final Path to) throws IOException {
        try (var files = Files.walk(from)) {
            for (final Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file)));
            }
        }
    }

    @Test
    void whoAsksAMemberThatClosesIsAnsweredAndNobodyReachesItsMemory() throws Exception {
        final CoordinationMember member = CoordinationMember.launch(context(
                        0,
                        Members.parse("0=localhost:"
                                + Group.freeMembers(1).hosts().get(0).port()))
                .firstStart(true));
        Group.await("it leads", member::isLeader);
        final AtomicBoolean done = new AtomicBoolean();
        final Thread asking = new Thread(() -> {
            while (!done.get()) {
                member.snapshots();
                member.snapshot();
                member.digest();
                member.position();
            }
        });
        asking.start();
        member.close();
        done.set(true);
        asking.join();
        assertNull(member.digest());
        assertEquals("coordination member 0 is closed", member.problem());
        member.close();
    }
}
