package io.abelia.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.abelia.engine.Engine;
import io.abelia.engine.LogContents;
import io.abelia.engine.clock.HybridClock;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.observe.Change;
import io.abelia.engine.snapshot.SnapshotFormat;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CellVersion;
import io.abelia.engine.transaction.Snapshot;
import io.abelia.node.CellJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows what a directory holds. */
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        description = {
            "Shows what a directory or a running node holds: clocks, tables, snapshots; with --log every transaction in apply order,",
            "with --cells every cell, with --snapshot NAME what one snapshot file holds by itself.",
            "With --table and --key only transactions that touch that row: its versions, concurrent ones too."
        })
final class InspectCommand implements Callable<Integer> {
    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Directory of the engine, or of the --node for its token.")
    private @Nullable Path dir;

    @Mixin
    private final NodeClient client = new NodeClient();

    @Option(names = "--log", description = "List the transactions of the log.")
    private boolean log;

    @Option(names = "--table", paramLabel = "TABLE", description = "Only this table; --cells of a --node needs it.")
    private @Nullable String table;

    @Option(names = "--key", paramLabel = "KEY", description = "Only this key.")
    private @Nullable String key;

    @Option(
            names = "--versions",
            description =
                    "With --table and --key: the operations that stand in each cell of the row; several are concurrent.")
    private boolean versions;

    @Option(
            names = "--snapshot",
            paramLabel = "NAME",
            description = "What one of the directory's snapshot files holds by itself, instead of the newest state.")
    private @Nullable String snapshotFile;

    @Option(names = "--cells", description = "List the cells, as JSON; with --table and --key only theirs.")
    private boolean cells;

    @Option(names = "--json", description = "Print JSON, one object a line.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (client.isGiven()) {
            return inspectNode();
        }
        if (dir == null) {
            throw new UsageException("give --dir DIR, or --node URL");
        }
        if (cells) {
            listCells();
        } else if (versions) {
            listVersions();
        } else if (log) {
            listLog();
        } else {
            summary();
        }
        return 0;
    }

    /** What a running node tells of itself; its log and the versions of a row are read from its directory once it is stopped. */
    private int inspectNode() throws IOException {
        if (log || versions || snapshotFile != null) {
            throw new UsageException(
                    "--log, --versions and --snapshot take --dir; a running node shows its state and, with"
                            + " /v1/changes, its transactions");
        }
        if (!cells) {
            System.out.println(client.get("/v1/status", dir));
            System.out.println(client.get("/v1/tables", dir));
            return 0;
        }
        if (table == null) {
            throw new UsageException("with --node, --cells takes --table; inspect without --cells lists the tables");
        }
        final String of = NodeClient.encode(table);
        if (key == null) {
            printPages("/v1/tables/" + of);
        } else {
            System.out.println(client.get("/v1/cells/" + of + "/" + NodeClient.encode(key), dir));
        }
        return 0;
    }

    /** A table comes page by page, each as of a moment of its own. */
    private void printPages(final String path) throws IOException {
        String from = "";
        while (true) {
            final String page = client.get(path + from, dir);
            System.out.println(page);
            final Object next = Json.object(page).get("next");
            if (next == null) {
                return;
            }
            from = "?from=" + NodeClient.encode(next.toString());
        }
    }

    private Path directory() {
        return Objects.requireNonNull(dir);
    }

    private Engine open() throws IOException {
        if (snapshotFile == null) {
            return Engine.inspect(directory());
        }
        final Path file = directory().resolve("snapshots").resolve(snapshotFile);
        if (!Files.isRegularFile(file)) {
            throw new UsageException("no snapshot " + file + "; inspect without --snapshot lists them");
        }
        return Engine.inspectSnapshot(file);
    }

    private void listCells() throws IOException {
        try (Engine engine = open();
                Snapshot snapshot = engine.snapshot()) {
            final List<String> tables = table == null ? engine.tables() : List.of(table);
            CellJson.writeLines(
                    System.out,
                    snapshot,
                    CellJson.cells(snapshot, tables).stream()
                            .filter(cell -> key == null || cell.key().equals(key))
                            .toList());
        }
    }

    private List<Path> snapshots() throws IOException {
        try (Stream<Path> files = Files.list(directory().resolve("snapshots"))) {
            return files.filter(SnapshotFormat::isSnapshot)
                    .sorted(Comparator.reverseOrder())
                    .toList();
        }
    }

    private void listVersions() throws IOException {
        if (table == null || key == null) {
            throw new UsageException("--versions needs --table and --key");
        }
        try (Engine engine = open();
                Snapshot snapshot = engine.snapshot();
                JsonGenerator out = generator()) {
            for (final Cell cell : CellJson.cells(snapshot, List.of(table))) {
                if (cell.key().equals(key)) {
                    for (final CellVersion version : CellVersion.of(engine.kernel(), cell)) {
                        print(out, cell, version);
                    }
                }
            }
        }
    }

    private void print(final JsonGenerator out, final Cell cell, final CellVersion version) throws IOException {
        final String dot = VectorClock.originName(version.origin()) + ":" + version.seq();
        final String value = version.value() == null ? "" : version.value().toString();
        final String time = version.hybridTime() == 0
                ? ""
                : Instant.ofEpochMilli(HybridClock.epochMs(version.hybridTime()))
                        .toString();
        if (!json) {
            System.out.println(cell + " " + cell.type() + " " + version.what() + " " + dot + " " + time + " " + value);
            return;
        }
        out.writeStartObject();
        out.writeStringField("column", cell.column());
        out.writeStringField("type", cell.type().name());
        out.writeStringField("what", version.what());
        out.writeStringField("dot", dot);
        out.writeStringField("time", time);
        out.writeStringField("value", value);
        out.writeEndObject();
        out.writeRaw('\n');
    }

    private void summary() throws IOException {
        try (Engine engine = open()) {
            final var recovery = engine.recovery();
            if (json) {
                try (JsonGenerator out = generator()) {
                    out.writeStartObject();
                    out.writeStringField("digest", engine.digest().toString());
                    out.writeFieldName("clock");
                    out.writeRawValue(engine.clock().toJson());
                    out.writeNumberField("cells", engine.kernel().units().cells());
                    out.writeNumberField("elements", engine.kernel().units().elements());
                    out.writeNumberField("snapshotUnits", recovery.snapshotUnits());
                    out.writeNumberField("replayedRecords", recovery.replayedRecords());
                    out.writeNumberField("tornBytes", recovery.tornBytes());
                    out.writeArrayFieldStart("tables");
                    for (final String name : engine.tables()) {
                        out.writeString(name);
                    }
                    out.writeEndArray();
                    out.writeArrayFieldStart("snapshots");
                    for (final Path file : snapshots()) {
                        out.writeString(String.valueOf(file.getFileName()));
                    }
                    out.writeEndArray();
                    out.writeEndObject();
                    out.writeRaw('\n');
                }
                return;
            }
            System.out.println("digest    " + engine.digest());
            System.out.println(
                    "origins   " + engine.clock().size() + ", each a launch of a node, with its last transaction:");
            engine.clock()
                    .forEach((origin, seq) ->
                            System.out.println("          " + VectorClock.originName(origin) + " " + seq));
            System.out.printf(
                    "cells     %,d, and %,d elements of sets%n",
                    engine.kernel().units().cells(), engine.kernel().units().elements());
            System.out.println("tables    " + String.join(", ", engine.tables()));
            System.out.printf(
                    "read      %,d units from the %s snapshot, then %,d records of %s%n",
                    recovery.snapshotUnits(),
                    snapshotFile == null ? "newest" : "named",
                    recovery.replayedRecords(),
                    snapshotFile == null ? "the log" : "its tail");
            for (final Path file : snapshots()) {
                System.out.printf("snapshot  %s, %,d bytes%n", file.getFileName(), Files.size(file));
            }
            if (recovery.tornBytes() > 0) {
                System.out.printf(
                        "torn      %,d bytes behind the end of the log; the next launch cuts them off%n",
                        recovery.tornBytes());
            }
            if (!recovery.damaged().isEmpty()) {
                System.out.println("damaged   " + recovery.damaged());
            }
        }
    }

    private JsonGenerator generator() throws IOException {
        final JsonGenerator generator =
                new JsonFactory().createGenerator(System.out).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
        generator.setRootValueSeparator(null);
        return generator;
    }

    private void listLog() throws IOException {
        try (JsonGenerator out = generator()) {
            final long torn = LogContents.visit(directory(), new LogContents.Visitor() {
                @Override
                public void onLaunch(final long position, final long origin, final VectorClock applied) {
                    if (!json && table == null && key == null) {
                        System.out.println(position + " segment of launch " + VectorClock.originName(origin)
                                + ", behind " + applied);
                    }
                }

                @Override
                public void onTransaction(
                        final long position,
                        final long origin,
                        final long seq,
                        final long hybridTime,
                        final int bytes,
                        final List<Change> changes) {
                    final List<Change> shown = changes.stream()
                            .filter(change -> (table == null
                                            || change.cell().table().equals(table))
                                    && (key == null || change.cell().key().equals(key)))
                            .toList();
                    if (!shown.isEmpty() || table == null && key == null) {
                        print(out, position, origin, seq, hybridTime, bytes, shown);
                    }
                }
            });
            if (torn > 0 && !json) {
                System.out.printf("%,d torn bytes follow; the next launch cuts them off%n", torn);
            }
        }
    }

    private void print(
            final JsonGenerator out,
            final long position,
            final long origin,
            final long seq,
            final long hybridTime,
            final int bytes,
            final List<Change> changes) {
        if (!json) {
            System.out.println(position + " " + VectorClock.originName(origin) + ":" + seq + " "
                    + Instant.ofEpochMilli(HybridClock.epochMs(hybridTime)) + " " + bytes + " bytes"
                    + (changes.isEmpty() ? ", the origin ends" : ""));
            changes.forEach(change -> System.out.println(
                    "    " + change.operation() + " " + change.cell().type() + " " + change.cell() + " "
                            + (change.value() == null ? change.number() : change.value())));
            return;
        }
        try {
            out.writeStartObject();
            out.writeNumberField("position", position);
            out.writeStringField("origin", VectorClock.originName(origin));
            out.writeNumberField("seq", seq);
            out.writeNumberField("hybridTime", hybridTime);
            out.writeNumberField("bytes", bytes);
            out.writeArrayFieldStart("operations");
            for (final Change change : changes) {
                out.writeStartObject();
                out.writeStringField("op", change.operation());
                out.writeStringField("table", change.cell().table());
                out.writeStringField("key", change.cell().key());
                out.writeStringField("column", change.cell().column());
                out.writeStringField("type", change.cell().type().name());
                out.writeStringField(
                        "value",
                        change.value() == null
                                ? change.number()
                                : change.value().toString());
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
            out.writeRaw('\n');
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
