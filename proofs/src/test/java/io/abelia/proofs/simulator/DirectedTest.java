package io.abelia.proofs.simulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Behaviours of {@code tla/Directed.tla} driven through real engines: each step of the script must be in the trace, in its order, up to the one
 * that a rule forbids; that one must not be; and TLC compares what is applied, the view and the frontier after each.
 */
class DirectedTest {
    private static final Pattern STEP = Pattern.compile("(S|Maybe)\\(\"(\\w+)\", (\\d)\\)");
    private static final int MAX_TRIES = 50;

    @TempDir
    private Path directory;

    private HandheldGroup group;

    @AfterEach
    void close() throws IOException {
        group.close();
    }

    /** Node 3 loses what it has sent and launches anew; all adopt the launch; what node 1 writes then is called stable there. */
    private void loseAndCollect() throws IOException {
        for (int seed = 0; seed < MAX_TRIES; seed++) {
            group = new HandheldGroup(seed);
            group.start();
            group.commit(3);
            group.sendLate(3);
            group.stop(3);
            group.launch(3);
            if (group.isTold("\"stop\", n |-> 3, length |-> 0")) {
                break; // how much of what is not forced a power loss leaves is drawn
            }
            assertTrue(seed + 1 < MAX_TRIES, "a power loss takes what was not forced");
            group.close();
        }
        group.rounds(50);
        group.commit(1);
        group.until(() -> group.isTold("\"collect\", n |-> 1, frontier |-> {<<1, 1, 1>>}"));
    }

    /** Node 2 loses its disk; the others hear of its launch before it hears of them. */
    private void wipeAndJoin(final Runnable late) throws IOException {
        group.wipe(2);
        group.passes = sent -> sent.to() != 2;
        group.rounds(500); // the number of a member that has just been heard is given to no other directory
        late.run();
        group.passes = sent -> true;
        group.until(() -> group.node(2).engine().isJoined());
    }

    private static List<String> script(final String behaviour) throws IOException {
        final String text = Files.readString(Path.of("tla", "Directed.tla"));
        final int begin = text.indexOf("\n" + behaviour + " ==");
        final Matcher steps = STEP.matcher(text.substring(begin, text.indexOf(">>", begin)));
        final List<String> script = new ArrayList<>();
        while (steps.find()) {
            if (steps.group(1).equals("S")) {
                script.add("\"" + steps.group(2).toLowerCase(Locale.ROOT) + "\", n |-> " + steps.group(3));
            }
        }
        return script;
    }

    /** The trace holds so many steps of the script in their order, and is a behaviour. */
    private void requireSteps(final String behaviour, final int steps) throws IOException, InterruptedException {
        final List<String> actions = List.copyOf(group.trace.actions());
        final List<String> left = new ArrayList<>(script(behaviour).subList(0, steps));
        for (final String action : actions) {
            left.subList(0, alike(left)).stream()
                    .filter(action::contains)
                    .findFirst()
                    .ifPresent(left::remove);
        }
        assertEquals(List.of(), left, () -> behaviour + " in " + String.join("\n", actions));
        new TraceChecker(directory).requireBehaviours(3, List.of(new TraceChecker.Told(behaviour, false, actions)));
    }

    /** Steps at the front that are the same action of different nodes, and so have no order among them. */
    private static int alike(final List<String> steps) {
        int alike = 0;
        while (alike < steps.size() && kind(steps.get(alike)).equals(kind(steps.get(0)))) {
            alike++;
        }
        return alike;
    }

    private static String kind(final String step) {
        return step.substring(0, step.indexOf(','));
    }

    private static int until(final String behaviour, final String forbidden) throws IOException {
        return script(behaviour).lastIndexOf(forbidden);
    }

    @Test
    void shouldForgetNoDeadLaunchOverAStop() throws IOException, InterruptedException {
        loseAndCollect();
        group.stop(2);
        group.launch(2);
        group.deliverLate(2);
        group.rounds(200);
        assertFalse(group.isTold("dot |-> <<3, 1, 1>>"), "what a dead launch had sent arrives late");
        requireSteps("ForgottenView", until("ForgottenView", "\"deliverlate\", n |-> 2"));
    }

    @Test
    void shouldForgetNoDeadLaunchInWhichNothingIsOnDisk() throws IOException, InterruptedException {
        loseAndCollect();
        group.stop(1);
        group.launch(1);
        group.deliverLate(1);
        group.rounds(200);
        assertFalse(group.isTold("dot |-> <<3, 1, 1>>"), "what a dead launch had sent arrives late");
        requireSteps("UnkeptView", until("UnkeptView", "\"deliverlate\", n |-> 1"));
    }

    @Test
    void shouldKeepTheViewThatAJoinerHasJoinedWith() throws IOException, InterruptedException {
        loseAndCollect();
        wipeAndJoin(() -> group.deliverLate(2));
        group.stop(2);
        group.launch(2);
        group.deliverLate(2);
        group.rounds(200);
        assertFalse(group.isTold("dot |-> <<3, 1, 1>>"), "what a dead launch had sent arrives late");
        requireSteps("JoinedUnkept", until("JoinedUnkept", "\"deliverlate\", n |-> 2"));
    }

    @Test
    void shouldKeepWhatAJoinerHasJoinedWith() throws IOException, InterruptedException {
        group = new HandheldGroup(1);
        group.start();
        group.commit(1);
        group.until(() -> group.isTold("\"collect\", n |-> 1, frontier |-> {<<1, 1, 1>>}"));
        wipeAndJoin(() -> {});
        group.stop(2);
        group.launch(2);
        assertTrue(group.node(2).applied().equals(group.node(1).applied()), "a power loss takes nothing of it");
        group.commit(2);
        group.until(() -> group.isTold("\"deliver\", n |-> 1, dot |-> <<2, 3, 1>>"));
        requireSteps("JoinedUnforced", script("JoinedUnforced").size());
    }

    @Test
    void shouldTakeNothingFromARemovedMemberWithAnEmptyDirectory() throws IOException, InterruptedException {
        group = new HandheldGroup(1);
        group.start();
        group.commit(2);
        group.until(() -> group.isTold("\"deliver\", n |-> 3, dot |-> <<2, 1, 1>>"));
        group.passes = sent -> sent.from() != 1 && sent.to() != 1;
        group.commit(1);
        group.node(3).replica().remove(0);
        group.until(() -> group.isTold("\"collect\", n |-> 3, frontier |-> {<<2, 1, 1>>}")
                && group.node(2).replica().epoch().number() == 1
                && group.node(3).replica().epoch().number() == 1);
        group.rounds(50);
        group.wipe(2);
        group.passes = sent -> sent.from() != 3 && sent.to() != 3;
        group.rounds(600);
        assertFalse(
                group.isTold("\"deliver\", n |-> 2, dot |-> <<1, "), "node 1 has been removed, and only node 3 knows");
        group.passes = sent -> true;
        group.until(() -> group.node(2).engine().isJoined());
        group.rounds(600);
        assertFalse(group.isTold("\"deliver\", n |-> 2, dot |-> <<1, "), "now it knows, too");
        requireSteps("RemovedThroughWiped", until("RemovedThroughWiped", "\"deliver\", n |-> 2"));
    }
}
