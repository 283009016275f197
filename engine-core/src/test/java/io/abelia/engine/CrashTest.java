package io.abelia.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Snapshot;
import io.abelia.engine.transaction.Value;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Kills a committing process (SIGKILL) again and again on the same directory and counts what it acknowledged. */
class CrashTest {
    private static final int KILLS = Integer.getInteger("abelia.kills", Boolean.getBoolean("abelia.full") ? 100 : 25);

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({"PROCESS, CHRONICLE", "PROCESS, MEMORY", "POWER, CHRONICLE", "POWER, MEMORY"})
    void shouldHoldEveryAcknowledgedCommitOnceAndNothingByHalf(final Durability durability, final StoreKind store)
            throws Exception {
        final Random random = new Random(17);
        long acknowledged = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            acknowledged = Math.max(acknowledged, runAndKill(durability, store, acknowledged, random));
            acknowledged = check(acknowledged);
        }
        assertTrue(acknowledged > KILLS, "hardly anything was committed: " + acknowledged);
    }

    /** Returns the last transaction that the process said was acknowledged. */
    private long runAndKill(
            final Durability durability, final StoreKind store, final long acknowledged, final Random random)
            throws IOException, InterruptedException {
        final Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "@" + JvmOptions.file(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-ea",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CrashWriter.class.getName(),
                        directory.toString(),
                        durability.name(),
                        store.name(),
                        Long.toString(acknowledged + 1))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        long last = acknowledged;
        final long killAfter = acknowledged + 1 + random.nextInt(durability == Durability.POWER ? 300 : 4000);
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                last = Math.max(last, Long.parseLong(line)); // the very last line may be cut short
                if (last == killAfter) {
                    process.toHandle().destroyForcibly(); // leaves the pipe open: what it said before is read
                }
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertTrue(
                last >= killAfter, "the process ended by itself behind " + last + ", exit code " + process.exitValue());
        return last;
    }

    /** Returns how many transactions there are; every one whole, in one piece from 1 on. */
    private long check(final long acknowledged) throws IOException {
        try (Engine engine = Engine.inspect(directory);
                Snapshot snapshot = engine.snapshot()) {
            final long count = snapshot.readLong(engine.cell(CellType.COUNTER, "crash", "count"));
            assertTrue(count >= acknowledged, "acknowledged " + acknowledged + ", found " + count);
            assertEquals(count, snapshot.size(engine.cell(CellType.GROW_SET, "crash", "left")));
            assertEquals(count, snapshot.size(engine.cell(CellType.GROW_SET, "crash", "right")));
            assertEquals(Math.min(count, 10), snapshot.size(engine.cell(CellType.ADD_WINS_SET, "crash", "recent")));
            assertTrue(snapshot.contains(engine.cell(CellType.GROW_SET, "crash", "left"), new Value().set(count)));
            return count;
        }
    }
}
