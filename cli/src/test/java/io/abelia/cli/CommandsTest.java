package io.abelia.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands as a user types them, on a small file. */
class CommandsTest {
    @TempDir
    private Path directory;

    record Outcome(int code, String out, String err) {}

    static Outcome run(final String... args) {
        final PrintStream out = System.out;
        final PrintStream err = System.err;
        final ByteArrayOutputStream captured = new ByteArrayOutputStream();
        final ByteArrayOutputStream capturedErr = new ByteArrayOutputStream();
        System.setOut(new PrintStream(captured, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(capturedErr, true, StandardCharsets.UTF_8));
        try {
            final int code = Main.execute(args);
            return new Outcome(
                    code, captured.toString(StandardCharsets.UTF_8), capturedErr.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    private Path csv(final String... rows) throws IOException {
        final Path file = directory.resolve("rows.csv");
        Files.write(file, List.of(String.join(",", Contribution.COLUMNS)));
        Files.write(file, List.of(rows), java.nio.file.StandardOpenOption.APPEND);
        return file;
    }

    private String dir() {
        return directory.resolve("data").toString();
    }

    private static void requireDone(final Outcome outcome) {
        assertEquals(0, outcome.code(), outcome.err());
    }

    @Test
    void shouldLoadOnceReportBadRowsAndShowTheCells() throws IOException {
        final Path file = csv(
                "86400,ann,core,2,10,5",
                "86401,ben,core,1,1,x",
                "172800,ben,core,1,7,0",
                "172801,\"a,b\",\"m\"\"1\",1,1,1",
                "5");
        final Outcome first = run("load", file.toString(), "--dir", dir());
        assertEquals(0, first.code(), first.err());
        assertTrue(first.err().contains("line 3: lines_deleted is not a whole number: `x`"), first.err());
        assertTrue(first.err().contains("line 6"), first.err());
        assertTrue(first.err().contains("3 transactions committed"), first.err());
        final Outcome second = run("load", file.toString(), "--dir", dir());
        assertTrue(second.err().contains("loaded already"), second.err());
        final Outcome lines = run("get", "modules", "core", "lines", "--dir", dir());
        assertEquals(
                "{\"table\":\"modules\",\"key\":\"core\",\"column\":\"lines\",\"type\":\"COUNTER\",\"value\":22}\n",
                lines.out());
        assertTrue(run("get", "modules", "core", "last_author", "--dir", dir())
                .out()
                .contains("\"ben\""));
        assertTrue(run("get", "modules", "core", "--type", "max", "--dir", dir())
                .out()
                .contains("15"));
        assertTrue(run("get", "calendar", "all", "days", "--dir", dir()).out().contains("[1,2]"));
        requireDone(run("load", file.toString(), "--dir", dir(), "--again"));
        assertTrue(run("get", "modules", "core", "lines", "--dir", dir()).out().contains("44"));
        assertEquals(1, run("get", "modules", "nothing", "--dir", dir()).code());
        assertEquals(
                1,
                run(
                                "load",
                                file.toString(),
                                "--dir",
                                directory.resolve("strict").toString(),
                                "--strict")
                        .code());
        requireDone(run("verify", "--dir", dir()));
        assertTrue(run("inspect", "--dir", dir(), "--log", "--table", "modules", "--key", "core")
                .out()
                .contains("increment COUNTER modules/core/lines 15"));
        final String versions = run("inspect", "--dir", dir(), "--versions", "--table", "modules", "--key", "core")
                .out();
        assertTrue(versions.contains("modules/core/last_author LWW_REGISTER write "), versions);
        assertTrue(versions.contains("modules/core/authors ADD_WINS_SET add "), versions);
        assertEquals(2, run("inspect", "--dir", dir(), "--versions").code());
        assertFalse(run("export", "--dir", dir()).out().isEmpty());
    }

    @Test
    void shouldPassOverOneLineForAQuoteThatIsNeverClosedOrBytesThatAreNoText() throws IOException {
        final Path file = csv("1,ann,core,1,1,1", "2,\"ben,core,1,1,1", "3,X,core,1,1,1", "4,cid,core,1,1,1");
        final byte[] bytes = Files.readAllBytes(file);
        bytes[new String(bytes, StandardCharsets.ISO_8859_1).indexOf('X')] = (byte) 0xFF;
        Files.write(file, bytes);
        final Outcome outcome = run("load", file.toString(), "--dir", dir());
        assertEquals(0, outcome.code(), outcome.err());
        assertTrue(outcome.err().contains("line 3: a quote is not closed on its line"), outcome.err());
        assertTrue(outcome.err().contains("line 4: the line is not UTF-8"), outcome.err());
        assertTrue(outcome.err().contains("2 transactions committed"), outcome.err());
        assertTrue(run("get", "modules", "core", "files", "--dir", dir()).out().contains("\"value\":2}"));
    }

    /** The command in a process of its own, so that it can be interrupted. */
    private Process start(final String... args) throws IOException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--add-") || argument.startsWith("--sun-misc"))
                .toList());
        command.addAll(
                List.of("-XX:+IgnoreUnrecognizedVMOptions", "-ea", "-cp", System.getProperty("java.class.path")));
        command.add(Main.class.getName());
        command.addAll(List.of(args));
        return new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(directory.resolve("err").toFile())
                .start();
    }

    @Test
    void shouldGoOnWhereItWasInterruptedAndCountNothingTwice() throws IOException, InterruptedException {
        final int rows = 400_000;
        final String[] lines = new String[rows];
        for (int i = 0; i < rows; i++) {
            lines[i] = i + ",author-" + i % 17 + ",module-" + i % 5 + ",1,1,0";
        }
        final String file = csv(lines).toString();
        final Process load = start("load", file, "--dir", dir());
        final Path log = directory.resolve("data").resolve("log");
        final long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (load.isAlive()
                && System.nanoTime() < deadline
                && !Files.readString(directory.resolve("err")).contains("transactions/s")) {
            Thread.onSpinWait();
        }
        load.destroy(); // SIGTERM; Ctrl-C takes the same way
        assertTrue(load.waitFor(1, TimeUnit.MINUTES), "the command ends by itself");
        assertTrue(Files.isDirectory(log));
        final String first = Files.readString(directory.resolve("err"));
        assertTrue(first.contains("interrupted; run it again to go on"), first);
        final Outcome second = run("load", file, "--dir", dir());
        assertEquals(0, second.code(), second.err());
        assertTrue(second.err().contains("going on behind line"), second.err());
        long files = 0;
        for (int module = 0; module < 5; module++) {
            final String value = run("get", "modules", "module-" + module, "files", "--dir", dir())
                    .out();
            files += Long.parseLong(value.replaceAll(".*\"value\":(\\d+)}\\s*", "$1"));
        }
        assertEquals(rows, files);
        requireDone(run("verify", "--dir", dir()));
    }

    @Test
    void shouldLoadTransactionsOfEveryOperationFromJsonLines() throws IOException {
        final Path file = directory.resolve("transactions.jsonl");
        Files.write(
                file,
                List.of(
                        "{\"operations\":[{\"op\":\"increment\",\"table\":\"t\",\"key\":\"k\",\"value\":5},"
                                + "{\"op\":\"decrement\",\"table\":\"t\",\"key\":\"k\",\"value\":2},"
                                + "{\"op\":\"addDouble\",\"table\":\"t\",\"key\":\"k\",\"column\":\"d\",\"value\":0.1},"
                                + "{\"op\":\"multiply\",\"table\":\"t\",\"key\":\"k\",\"column\":\"p\",\"value\":6},"
                                + "{\"op\":\"max\",\"table\":\"t\",\"key\":\"k\",\"column\":\"x\",\"value\":2.5},"
                                + "{\"op\":\"setFlag\",\"table\":\"t\",\"key\":\"k\",\"column\":\"f\",\"value\":true},"
                                + "{\"op\":\"enable\",\"table\":\"t\",\"key\":\"k\",\"column\":\"e\"},"
                                + "{\"op\":\"add\",\"table\":\"t\",\"key\":\"k\",\"column\":\"s\",\"value\":\"a\"},"
                                + "{\"op\":\"add\",\"table\":\"t\",\"key\":\"k\",\"column\":\"s\",\"value\":7},"
                                + "{\"op\":\"intersect\",\"table\":\"t\",\"key\":\"k\",\"column\":\"i\",\"values\":[3,\"b\"]},"
                                + "{\"op\":\"set\",\"table\":\"t\",\"key\":\"k\",\"column\":\"r\",\"value\":\"v\",\"type\":\"MV_REGISTER\"}]}",
                        "{\"operations\":[{\"op\":\"fly\",\"table\":\"t\",\"key\":\"k\"}]}",
                        "nonsense"));
        final Outcome load = run("load", file.toString(), "--dir", dir());
        assertEquals(0, load.code(), load.err());
        assertTrue(
                load.err().contains("line 2: no operation fly") && load.err().contains("line 3: not JSON"), load.err());
        final String cells = run("get", "t", "k", "--dir", dir()).out();
        for (final String expected : List.of(
                "\"COUNTER\",\"value\":3}",
                "\"DOUBLE_SUM\",\"value\":0.1}",
                "\"PRODUCT\",\"value\":6}",
                "\"MAX_DOUBLE\",\"value\":2.5}",
                "\"FLAG_OR\",\"value\":true}",
                "\"ENABLE_WINS\",\"value\":true}",
                "\"ADD_WINS_SET\",\"value\":[7,\"a\"]}",
                "\"INTERSECT_SET\",\"value\":[3,\"b\"]}",
                "\"MV_REGISTER\",\"value\":[\"v\"]}")) {
            assertTrue(cells.contains(expected), expected + " in " + cells);
        }
    }

    @Test
    void shouldConvergeToTheSameJsonForAnyNumberOfNodes() throws IOException {
        final String[] rows = new String[600];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (i * 5000) + ",author-" + i * 7 % 11 + ",module-" + i * 3 % 5 + "," + i % 4 + "," + i % 97 + ","
                    + i % 13;
        }
        final String file = csv(rows).toString();
        final Outcome one = run("demo", "--input", file, "--nodes", "1", "--json");
        assertEquals(0, one.code(), one.err());
        assertTrue(one.out().startsWith("[") && one.out().strip().endsWith("]"));
        for (final String nodes : List.of("2", "3", "5")) {
            assertEquals(
                    one.out(),
                    run("demo", "--input", file, "--nodes", nodes, "--json").out());
        }
    }

    @Test
    void shouldMakeAKeyThatOnlyItsOwnerReadsAndRefuseOneThatOthersRead() throws IOException {
        final Path key = directory.resolve("group.key");
        requireDone(run("key", "--out", key.toString()));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(key)));
        assertEquals(1, run("key", "--out", key.toString()).code(), "nobody's key is overwritten");
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
        final Outcome refused = run(
                "node",
                "--id",
                "1",
                "--dir",
                dir(),
                "--found",
                "--endpoint",
                "127.0.0.1:40499",
                "--key-file",
                key.toString());
        assertEquals(2, refused.code());
        assertTrue(refused.err().contains("chmod 600 " + key), refused.err());
        assertFalse(Files.exists(Path.of(dir())), "nothing was launched");
    }

    @Test
    void shouldSayThatTheTokenIsMissing() {
        assumeTrue(System.getenv("ABELIA_TOKEN") == null);
        final Outcome outcome = run("get", "t", "k", "--node", "http://127.0.0.1:1");
        assertEquals(2, outcome.code());
        assertTrue(outcome.err().startsWith("abelia get: no token was given"), outcome.err());
    }

    @Test
    void shouldBackUpAndRestore() throws IOException {
        requireDone(run("load", csv("86400,ann,core,2,10,5").toString(), "--dir", dir()));
        final String backup = directory.resolve("backup").toString();
        requireDone(run("backup", backup, "--dir", dir()));
        final String restored = directory.resolve("restored").toString();
        requireDone(run("restore", backup, "--dir", restored, "--found"));
        assertEquals(
                run("export", "--dir", dir()).out(),
                run("export", "--dir", restored).out());
        final Outcome verified = run("verify", "--dir", restored);
        assertEquals(0, verified.code(), verified.out());
        final Path exported = directory.resolve("exported.jsonl");
        Files.writeString(exported, run("export", "--dir", dir()).out());
        final Outcome loaded = run(
                "load", exported.toString(), "--dir", directory.resolve("other").toString());
        assertEquals(1, loaded.code());
        assertTrue(loaded.err().contains("nothing was committed"), loaded.err());
        assertEquals(1, run("restore", backup, "--dir", restored).code());
        final String name =
                run("inspect", "--dir", dir()).out().replaceAll("(?s).*(snapshot-[0-9a-f]+\\.snap).*", "$1");
        assertEquals(
                run("export", "--dir", dir()).out(),
                run("inspect", "--dir", dir(), "--snapshot", name, "--cells").out());
        assertTrue(run("inspect", "--dir", dir(), "--snapshot", name).out().contains("units from the named snapshot"));
        assertEquals(2, run("inspect", "--dir", dir(), "--snapshot", "none").code());
    }

    @Test
    void shouldExitWithTwoForWrongUsage() {
        assertEquals(2, run().code());
        assertEquals(2, run("nonsense").code());
        assertEquals(2, run("get", "t").code());
        assertEquals(2, run("demo", "--nodes", "99").code());
        assertEquals(2, run("demo", "--input", "/nonexistent").code());
        assertEquals(
                2, run("get", "t", "k", "--type", "COUNTERS", "--dir", dir()).code());
        assertEquals(1, run("verify", "--dir", dir()).code());
        for (final String command :
                List.of("demo", "load", "get", "inspect", "verify", "export", "backup", "restore", "digest")) {
            requireDone(run(command, "--help"));
        }
    }
}
