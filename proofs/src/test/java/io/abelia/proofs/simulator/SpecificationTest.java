package io.abelia.proofs.simulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.proofs.simulator.Faults.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What real engines do in the simulator is a behaviour of {@code tla/Replication.tla}: TLC replays the traces of some hundred seeds. */
class SpecificationTest {
    private static final int SEEDS = 300;
    private static final int MAX_CONTROLS = 1_000;
    private static final int CONTROLS = 60;
    /** Of so many seeds one may lose a disk within the millisecond of a launch, which the specification knows nothing of. */
    private static final int ONE_OUTSIDE_OF = 20;

    private static final long MS = 1_000_000L;
    private static final Set<String> ACTIONS = Set.of(
            "open",
            "commit",
            "deliver",
            "force",
            "stop",
            "restart",
            "wipe",
            "keep",
            "report",
            "adopt",
            "heed",
            "join",
            "collect",
            "truncate",
            "install",
            "decide");

    @TempDir
    private Path directory;

    /** Small groups, and of the kinds of faults that the specification knows some, each of them often. */
    private static Faults faults(final long seed) {
        final SplittableRandom random = new SplittableRandom(seed);
        final boolean away = seed % 4 == 0; // disks are lost while logs are short
        final int nodes = !away && seed % 3 == 0 ? 2 : 3;
        final Set<Kind> kinds = away ? EnumSet.of(Kind.WIPE, Kind.NEW_SEGMENT) : EnumSet.noneOf(Kind.class);
        for (final Kind kind : List.of(
                Kind.PARTITION,
                Kind.KILL,
                Kind.STOP,
                Kind.POWER_LOSS,
                Kind.POWER_LOSS_INSIDE,
                Kind.PAUSE,
                Kind.REMOVE,
                Kind.WIPE,
                Kind.NEW_SEGMENT)) {
            if (random.nextInt(away ? 4 : 2) == 0) {
                kinds.add(kind);
            }
        }
        final boolean lossy = random.nextBoolean();
        return new Faults(
                nodes,
                random.nextBoolean(),
                20,
                (away ? 300 : 200) * MS,
                lossy ? random.nextDouble() * 0.4 : 0,
                lossy ? random.nextDouble() * 0.4 : 0,
                (1 + random.nextInt(30)) * MS / 2,
                kinds,
                15 * MS,
                64 << 10,
                4 << 10,
                1 << 20,
                0);
    }

    private static TraceChecker.Told trace(final long seed) throws IOException {
        final Path memory = SimulateCommand.temporary();
        final Outcome outcome;
        try {
            outcome = Simulation.run(seed, faults(seed), memory, true);
        } finally {
            Files.delete(memory);
        }
        assertNull(outcome.violation(), () -> "seed " + seed + ": " + outcome.violation());
        return new TraceChecker.Told("seed " + seed, outcome.faults().power(), outcome.actions());
    }

    private static List<TraceChecker.Told> traces(final int seeds, final int nodes) throws IOException {
        final List<TraceChecker.Told> traces = new ArrayList<>();
        for (long seed = 1; seed <= seeds; seed++) {
            if (faults(seed).nodes() == nodes) {
                final TraceChecker.Told trace = trace(seed);
                if (!trace.events().isEmpty()) {
                    traces.add(trace);
                }
            }
        }
        return traces;
    }

    private static String action(final String event) {
        final int begin = event.indexOf('"') + 1;
        return event.substring(begin, event.indexOf('"', begin));
    }

    @Test
    void shouldBehaveAsSpecified() throws IOException, InterruptedException {
        final TreeMap<String, Integer> covered = new TreeMap<>();
        int told = 0;
        for (int nodes = 2; nodes <= 3; nodes++) {
            final List<TraceChecker.Told> traces = traces(SEEDS, nodes);
            traces.forEach(trace -> trace.events().forEach(event -> covered.merge(action(event), 1, Integer::sum)));
            told += traces.size();
            new TraceChecker(directory).requireBehaviours(nodes, traces);
        }
        System.out.println("traces of " + told + " seeds, events " + covered);
        assertTrue(told >= SEEDS - SEEDS / ONE_OUTSIDE_OF, "of " + SEEDS + " seeds only " + told + " are told");
        assertEquals(ACTIONS, covered.keySet());
    }

    @Test
    void shouldRefuseTracesThatAreNoBehaviours() throws IOException, InterruptedException {
        final List<TraceChecker.Told> traces = traces(CONTROLS, 3);
        final List<TraceChecker.Told> wrong = new ArrayList<>();
        for (final Planted planted : Planted.values()) {
            final int before = wrong.size();
            for (final TraceChecker.Told trace : traces) {
                planted.plant(trace.events())
                        .ifPresent(events -> wrong.add(
                                new TraceChecker.Told(planted + " in " + trace.name(), trace.power(), events)));
            }
            for (long seed = CONTROLS + 1; wrong.size() == before && seed < MAX_CONTROLS; seed++) {
                if (faults(seed).nodes() == 3) { // some events are rare
                    final TraceChecker.Told more = trace(seed);
                    planted.plant(more.events())
                            .ifPresent(events -> wrong.add(
                                    new TraceChecker.Told(planted + " in " + more.name(), more.power(), events)));
                }
            }
            assertFalse(wrong.size() == before, planted + " finds no place");
            System.out.println(planted + " in " + (wrong.size() - before) + " traces");
        }
        new TraceChecker(directory).requireWrongEnds(3, wrong);
    }
}
