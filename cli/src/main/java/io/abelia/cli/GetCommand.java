package io.abelia.cli;

import io.abelia.engine.Engine;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.Snapshot;
import io.abelia.node.CellJson;
import io.abelia.node.OperationJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints cells of one row. */
@Command(
        name = "get",
        mixinStandardHelpOptions = true,
        description = "Prints the cells of a row as JSON, one a line; exit code 1 if there are none.")
final class GetCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "TABLE")
    private String table = "";

    @Parameters(index = "1", paramLabel = "KEY")
    private String key = "";

    @Parameters(index = "2", arity = "0..1", paramLabel = "COLUMN", description = "All columns if left out.")
    private @Nullable String column;

    @Option(names = "--type", paramLabel = "T", description = "All types if left out.")
    private @Nullable String type;

    @Mixin
    private final NodeClient client = new NodeClient();

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Directory of the engine, or of the --node for its token.")
    private @Nullable Path dir;

    @Override
    public Integer call() throws IOException {
        final CellType wanted = type == null ? null : wantedType(type);
        if (client.isGiven()) {
            System.out.println(client.get(
                    "/v1/cells/" + NodeClient.encode(table) + "/" + NodeClient.encode(key) + "?"
                            + (column == null ? "" : "column=" + NodeClient.encode(column) + "&")
                            + (wanted == null ? "" : "type=" + wanted),
                    dir));
            return 0;
        }
        if (dir == null) {
            throw new UsageException("give --dir DIR, or --node URL");
        }
        try (Engine engine = Engine.inspect(dir);
                Snapshot snapshot = engine.snapshot()) {
            final List<Cell> cells = new ArrayList<>();
            for (final Cell cell : CellJson.cells(snapshot, List.of(table))) {
                if (cell.key().equals(key)
                        && (column == null || cell.column().equals(column))
                        && (wanted == null || cell.type() == wanted)) {
                    cells.add(cell);
                }
            }
            CellJson.writeLines(System.out, snapshot, cells);
            if (cells.isEmpty()) {
                System.err.println("no such cell: " + table + "/" + key + (column == null ? "" : "/" + column)
                        + (wanted == null ? "" : " of type " + wanted));
            }
            return cells.isEmpty() ? 1 : 0;
        }
    }

    private static CellType wantedType(final String name) {
        try {
            return OperationJson.typeOf(name);
        } catch (final IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }
}
