package io.abelia.proofs.histories;

import io.abelia.histories.CausalConsistencyChecker;
import io.abelia.histories.History;
import io.abelia.histories.HistoryText;
import io.abelia.histories.ReadAtomicityChecker;
import io.abelia.histories.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Records histories and judges them, or judges those that were kept. */
@Command(
        name = "histories",
        mixinStandardHelpOptions = true,
        description = {
            "Records histories of transactions on three engines in this process, under faults, kills and moving clients, one seed after the other,",
            "and judges read atomicity and transactional causal consistency. With files, judges the histories that they hold.",
            "Exit code 1 if one was rejected, a commit was refused, or the nodes did not converge in the end."
        })
final class HistoriesCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", arity = "0..*", description = "Histories to judge in place of recording some.")
    private List<Path> files = List.of();

    @Option(names = "--seeds", paramLabel = "N", description = "Seeds to run (default ${DEFAULT-VALUE}).")
    private long seeds = 6;

    @Option(names = "--from", paramLabel = "SEED", description = "First seed (default ${DEFAULT-VALUE}).")
    private long from = 1;

    @Option(
            names = "--transactions",
            paramLabel = "N",
            description = "Transactions of each (default ${DEFAULT-VALUE}).")
    private int transactions = 5_000;

    @Option(
            names = "--moves",
            paramLabel = "HOW",
            description = "TOKEN (default) or CLOCK; or COMMIT_TOKEN or NOTHING: controls, most of which are rejected.")
    private RunPlan.Moves moves = RunPlan.Moves.TOKEN;

    @Option(
            names = "--reads",
            paramLabel = "HOW",
            description = "SNAPSHOT (default), or EACH_KEY_ALONE: a control, which is rejected.")
    private RunPlan.Reads reads = RunPlan.Reads.SNAPSHOT;

    @Option(names = "--keep", paramLabel = "DIR", description = "Keep histories that are rejected here.")
    private @Nullable Path keep;

    public static void main(final String[] args) {
        System.exit(new CommandLine(new HistoriesCommand()).execute(args));
    }

    @Override
    public Integer call() throws IOException {
        boolean accepted = true;
        for (final Path file : files) {
            accepted &= judge(file.toString(), HistoryText.read(Files.readString(file)));
        }
        for (long seed = from; files.isEmpty() && seed < from + seeds; seed++) {
            accepted &= run(RunPlan.of(seed, transactions).moves(moves).reads(reads));
        }
        return accepted ? 0 : 1;
    }

    private boolean run(final RunPlan plan) throws IOException {
        final Path directory = Files.createTempDirectory("abelia-histories");
        try {
            final EmbeddedRun.Recording recording = EmbeddedRun.record(plan, directory);
            final boolean accepted = judge(plan + ": " + recording.counts(), recording.history());
            if (!accepted && keep != null) {
                Files.createDirectories(keep);
                final Path file = keep.resolve("history-" + plan.seed() + ".txt");
                Files.writeString(file, HistoryText.write(recording.history(), plan.toString()));
                System.out.println("kept in " + file);
            }
            final RunCounts counts = recording.counts();
            if (counts.refused > 0 || counts.audited < EmbeddedGroup.NODES) {
                System.out.println("  a commit was refused, or the nodes did not converge and could not be audited");
                return false;
            }
            return accepted;
        } finally {
            try (Stream<Path> paths = Files.walk(directory)) {
                for (final Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    private static boolean judge(final String what, final History history) {
        final Verdict atomic = ReadAtomicityChecker.check(history);
        final Verdict causal = CausalConsistencyChecker.check(history);
        System.out.println(what + "\n  read atomicity: " + atomic + "\n  causal consistency: " + causal);
        return atomic.isAccepted() && causal.isAccepted();
    }
}
