package io.abelia.cli;

import io.abelia.engine.Engine;
import io.abelia.engine.transaction.Snapshot;
import io.abelia.node.CellJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Prints all cells as JSON Lines. */
@Command(
        name = "export",
        mixinStandardHelpOptions = true,
        description = "Prints all cells as JSON, one a line, sorted.")
final class ExportCommand implements Callable<Integer> {
    @Option(names = "--dir", required = true, paramLabel = "DIR", description = "Directory of the engine.")
    private Path dir = Path.of("");

    @Override
    public Integer call() throws IOException {
        try (Engine engine = Engine.inspect(dir);
                Snapshot snapshot = engine.snapshot()) {
            CellJson.writeLines(System.out, snapshot, CellJson.cells(snapshot, engine.tables()));
            return 0;
        }
    }
}
