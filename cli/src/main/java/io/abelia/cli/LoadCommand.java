package io.abelia.cli;

import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import io.abelia.engine.transaction.TransactionRefusedException;
import io.abelia.node.OperationJson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Loads a file, one transaction a line; what is done is committed with it, so nothing is ever counted twice. */
@Command(
        name = "load",
        mixinStandardHelpOptions = true,
        description = {
            "Loads a CSV of contributions, or JSON Lines with one transaction a line:",
            "  {\"operations\":[{\"op\":\"increment\",\"table\":\"counters\",\"key\":\"views\",\"value\":1}]}",
            "Progress is committed with each transaction: after Ctrl-C, run it again and it goes on.",
            "A file that was loaded (same SHA-256) is not loaded again, unless --again is given."
        })
final class LoadCommand implements Callable<Integer> {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int BAR_WIDTH = 30;
    private static final long BAR_INTERVAL_NS = 200_000_000L;

    @Parameters(paramLabel = "FILE", description = "File to load, .csv or JSON Lines.")
    private Path file = Path.of("");

    @Mixin
    private final NodeClient client = new NodeClient();

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Directory of the engine, made if missing; or of the --node for its token.")
    private @Nullable Path dir;

    @Option(names = "--again", description = "Load the file once more although it has been loaded (with --dir).")
    private boolean again;

    @Option(names = "--strict", description = "Stop at the first bad line.")
    private boolean strict;

    @Option(
            names = "--durability",
            paramLabel = "LEVEL",
            description = "PROCESS or POWER, with --dir (default ${DEFAULT-VALUE}).")
    private Durability durability = Durability.PROCESS;

    private long lines;
    private long committed;
    private long skipped;
    private long bad;
    private long total;
    private long startNs;
    private long lastBarNs;

    @Override
    public Integer call() throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new UsageException("cannot read " + file);
        }
        if (durability == Durability.MEMORY) {
            throw new UsageException("--durability is PROCESS or POWER");
        }
        final String hash = sha256(file);
        total = countLines(file);
        if (total == 0) {
            throw new UsageException(file + " is empty");
        }
        if (client.isGiven()) {
            return new RemoteLoad(client, dir, strict).load(file, hash);
        }
        if (dir == null) {
            throw new UsageException("give --dir DIR, or --node URL");
        }
        startNs = System.nanoTime();
        try (Interruption interruption = new Interruption();
                Engine engine = Engine.launch(new EngineContext().directory(dir).durability(durability))) {
            final String key = run(engine, hash);
            final Cell progress = engine.cell(CellType.MAX, "_loads", key, "lines");
            final long done = Math.max(0, engine.latest().readLong(progress));
            if (done >= total) {
                System.err.println(file + " has been loaded already (" + done
                        + " lines); nothing to do. Use --again to load it once more.");
                return 0;
            }
            if (done > 0) {
                System.err.println("going on behind line " + done);
            }
            load(engine, progress, done, interruption);
            if (!interruption.isWanted()) {
                finish(engine, progress);
            }
            bar(true);
            System.err.println();
            final String end = interruption.isWanted() ? "interrupted; run it again to go on" : "done";
            System.err.printf(
                    "%s: %,d transactions committed, %,d lines were done before, %,d bad lines passed over%n",
                    end, committed, skipped, bad);
            if (bad > 0 && committed == 0 && skipped == 0) {
                System.err.println("nothing was committed: no line of " + file
                        + " is a transaction. What `export` writes is" + " state, which `backup` and `restore` carry");
                return 1;
            }
            return interruption.isWanted() ? 1 : 0;
        }
    }

    /** Key under which the progress of this run is kept: the file's hash, and a number for each time it is loaded again. */
    private String run(final Engine engine, final String hash) {
        int times = 0;
        String key = hash;
        while (again && engine.latest().readLong(engine.cell(CellType.MAX, "_loads", key, "lines")) >= total) {
            times++;
            key = hash + "#" + times;
        }
        return key;
    }

    private void load(final Engine engine, final Cell progress, final long done, final Interruption interruption)
            throws IOException {
        final boolean csv = file.toString().endsWith(".csv");
        try (LineReader reader = new LineReader(file)) {
            if (csv && reader.next()) {
                ContributionFile.requireHeader(file, reader);
                lines = 1;
            }
            while (!interruption.isWanted() && reader.next()) {
                line(engine, progress, done, reader.number(), tx -> {
                    if (csv) {
                        ContributionFile.row(reader.text()).apply(tx);
                    } else {
                        OperationJson.apply(tx, OperationJson.parse(reader.text()));
                    }
                });
            }
        }
    }

    /** Notes that the whole file is done, whatever its last lines are. */
    private void finish(final Engine engine, final Cell progress) {
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            tx.max(progress, total);
            require(tx.commit());
        }
        lines = total;
    }

    /** Commits one line with the progress. */
    private void line(
            final Engine engine,
            final Cell progress,
            final long done,
            final long number,
            final Consumer<Transaction> operations) {
        lines = number;
        if (number <= done) {
            skipped++;
            return;
        }
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            operations.accept(tx);
            tx.max(progress, number);
            require(tx.commit());
            committed++;
        } catch (final TransactionRefusedException | IllegalArgumentException e) {
            reject(engine, progress, number, e);
        }
        bar(false);
    }

    private static void require(final CommitResult result) {
        if (result != CommitResult.COMMITTED) {
            throw new CheckFailedException(
                    "commit refused: " + result + "; what was committed is kept, run it again to go on");
        }
    }

    /** Reports a bad line, and remembers that it has been passed over. */
    private void reject(final Engine engine, final Cell progress, final long number, final RuntimeException e) {
        final String problem = file + " line " + number + ": " + e.getMessage();
        if (strict) {
            throw new CheckFailedException(problem);
        }
        bad++;
        System.err.println("\rpassed over: " + problem);
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            tx.max(progress, number);
            require(tx.commit());
        }
    }

    private void bar(final boolean last) {
        final long nowNs = System.nanoTime();
        if (!last && nowNs - lastBarNs < BAR_INTERVAL_NS) {
            return;
        }
        lastBarNs = nowNs;
        final int filled = total == 0 ? BAR_WIDTH : (int) (BAR_WIDTH * lines / total);
        System.err.printf(
                "\r[%s%s] %,d of %,d lines, %,.0f transactions/s",
                "#".repeat(filled),
                ".".repeat(BAR_WIDTH - filled),
                lines,
                total,
                committed * 1e9 / Math.max(1, nowNs - startNs));
    }

    private static long countLines(final Path file) throws IOException {
        long count = 0;
        byte last = '\n';
        try (InputStream in = Files.newInputStream(file)) {
            final byte[] buffer = new byte[BUFFER_BYTES];
            for (int read = in.read(buffer); read > 0; read = in.read(buffer)) {
                for (int i = 0; i < read; i++) {
                    count += buffer[i] == '\n' ? 1 : 0;
                }
                last = buffer[read - 1];
            }
        }
        return last == '\n' ? count : count + 1;
    }

    private static String sha256(final Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            final MessageDigest digest = MessageDigest.getInstance("SHA-256");
            final byte[] buffer = new byte[BUFFER_BYTES];
            for (int read = in.read(buffer); read > 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (final NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
