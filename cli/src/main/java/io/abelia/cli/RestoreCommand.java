package io.abelia.cli;

import io.abelia.engine.Restore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes a directory of a backup. */
@Command(
        name = "restore",
        mixinStandardHelpOptions = true,
        description = {
            "Makes an engine directory of a backup. It becomes that of a joiner: it commits only when it has",
            "caught up with a peer, since peers may know more than the backup. --found says that there are none."
        })
final class RestoreCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "Backup file.")
    private Path file = Path.of("");

    @Option(names = "--dir", required = true, paramLabel = "DIR", description = "Directory to make; empty or missing.")
    private Path dir = Path.of("");

    @Option(names = "--found", description = "Nobody else has the data: the directory may commit at once.")
    private boolean found;

    @Override
    public Integer call() throws IOException {
        final var summary = Restore.restore(file, dir, found);
        System.out.printf(
                "restored %,d cells and elements, and %,d records behind them, into %s%n",
                summary.units(), summary.tailRecords(), dir);
        return 0;
    }
}
