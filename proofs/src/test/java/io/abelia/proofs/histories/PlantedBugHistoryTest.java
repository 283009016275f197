package io.abelia.proofs.histories;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.histories.CausalConsistencyChecker;
import io.abelia.histories.History;
import io.abelia.histories.HistoryText;
import io.abelia.histories.Verdict;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Plants a known bug into the engine's source, records histories on that engine, and must see them rejected. */
class PlantedBugHistoryTest {
    private static final Path SOURCES = Path.of("..", "engine-core", "src", "main", "java", "io", "abelia", "engine");
    private static final int TRANSACTIONS = 1_000;
    private static final int MAX_SEEDS = 6;

    @TempDir
    private Path directory;

    /** A bug: text that occurs once in a source file, and what stands there instead. */
    private enum Bug {
        NO_DEPENDENCY_CHECK(
                "clock/RecordClock.java",
                "if (table.applied(changedIndex[i]) < changedSeq[i]) {",
                "if (table.applied(changedIndex[i]) < 0) {"),
        TIE_BROKEN_BY_ARRIVAL(
                "crdt/Writes.java",
                "final int byTime = Long.compare(hybridTime(a), hybridTime(b));",
                "final int byTime = Long.compare(a, b);"),
        COVERAGE_BY_THE_DELIVERY_CLOCK(
                "apply/Kernel.java",
                "if (transaction.usesObservedClock() && transaction.beginVersion() != version.read()) {",
                "if (transaction.usesObservedClock() && transaction.beginVersion() < 0) {"),
        SNAPSHOTS_SHOW_THE_NEWEST_STATE(
                "transaction/StateReader.java",
                "        return units.view(block, snapshot);",
                "        return units.view(block, Units.LATEST);"),
        A_LAUNCH_FORGETS_THE_LAST_RECORDS(
                "EngineLauncher.java",
                "            loader.replay(record, at);",
                "            if (recovery.endPosition() - at < 1_500) { return false; }\n            loader.replay(record, at);");

        private final String file;
        private final String from;
        private final String to;

        Bug(final String file, final String from, final String to) {
            this.file = file;
            this.from = from;
            this.to = to;
        }
    }

    /** Loads the project's classes anew, those of a changed source from their own directory. */
    private static final class Planted extends ClassLoader {
        private final Path changed;

        Planted(final Path changed) {
            super(PlantedBugHistoryTest.class.getClassLoader());
            this.changed = changed;
        }

        @Override
        protected Class<?> loadClass(final String name, final boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("io.abelia.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                final Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : define(name);
            }
        }

        private Class<?> define(final String name) throws ClassNotFoundException {
            final String path = name.replace('.', '/') + ".class";
            try (InputStream original = getParent().getResourceAsStream(path)) {
                final Path other = changed.resolve(path);
                if (original == null) {
                    throw new ClassNotFoundException(name);
                }
                final byte[] bytes = Files.exists(other) ? Files.readAllBytes(other) : original.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (final IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    private Path plant(final Bug bug) throws IOException {
        final String text = Files.readString(SOURCES.resolve(bug.file));
        final int at = text.indexOf(bug.from);
        assertTrue(at >= 0 && text.indexOf(bug.from, at + 1) < 0, "the text to change occurs once in " + bug.file);
        final Path source = directory.resolve(Path.of(bug.file).getFileName());
        final Path classes = Files.createDirectories(directory.resolve("classes"));
        Files.writeString(source, text.replace(bug.from, bug.to));
        final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        final StringWriter log = new StringWriter();
        final List<String> options = List.of(
                "-nowarn",
                "-proc:none",
                "-d",
                classes.toString(),
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            assertTrue(
                    compiler.getTask(log, files, null, options, null, files.getJavaFileObjects(source))
                            .call(),
                    log::toString);
        }
        return classes;
    }

    /** Records with an engine of another class loader. */
    private History record(final ClassLoader loader, final long seed) throws IOException, ReflectiveOperationException {
        final Path nodes = Files.createTempDirectory(directory, "nodes");
        final Class<?> recorder = loader.loadClass(PlantedRecorder.class.getName());
        final String text = (String)
                recorder.getMethod("record", long.class, int.class, Path.class).invoke(null, seed, TRANSACTIONS, nodes);
        return HistoryText.read(text);
    }

    @ParameterizedTest
    @EnumSource
    void shouldRejectWhatAnEngineWithAPlantedBugAnswers(final Bug bug)
            throws IOException, ReflectiveOperationException {
        final ClassLoader loader = new Planted(plant(bug));
        Verdict verdict = new Verdict(null, 0, 0);
        long seed = 0;
        while (verdict.isAccepted() && seed < MAX_SEEDS) {
            verdict = CausalConsistencyChecker.check(record(loader, ++seed));
        }
        System.out.println(bug + ", seed " + seed + ": " + verdict);
        assertFalse(verdict.isAccepted());
    }

    @Test
    void shouldRecordTheSameInAnotherClassLoaderWhereNoBugIsPlanted() throws IOException, ReflectiveOperationException {
        final Path nodes = Files.createTempDirectory(directory, "nodes");
        final History here =
                EmbeddedRun.record(RunPlan.of(1, TRANSACTIONS), nodes).history();
        assertEquals(HistoryText.write(here, ""), HistoryText.write(record(new Planted(directory), 1), ""));
    }
}
