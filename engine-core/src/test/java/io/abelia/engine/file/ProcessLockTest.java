package io.abelia.engine.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.abelia.engine.DirectoryLockedException;
import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one holds no other gets, whoever has asked in vain meanwhile. */
class ProcessLockTest {
    private static final Set<StandardOpenOption> OPTIONS = Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    private static final int TAKEN = 3;

    @TempDir
    private Path directory;

    /** Another process: ends with {@link #TAKEN} if somebody has the file. */
    public static final class Other {
        private Other() {}

        /** Tries to take a file. */
        public static void main(final String[] args) throws IOException {
            final ProcessLock lock = ProcessLock.tryTake(Path.of(args[0]), OPTIONS);
            System.exit(lock == null ? TAKEN : 0);
        }
    }

    private static int tryElsewhere(final Path file) throws IOException, InterruptedException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Other.class.getName(),
                        file.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    @Test
    void whoAsksInVainInThisProcessDoesNotOpenItForOthers() throws Exception {
        final Path file = directory.resolve("lock");
        try (ProcessLock first = ProcessLock.tryTake(file, OPTIONS)) {
            assertNotNull(first);
            assertNull(ProcessLock.tryTake(file, OPTIONS));
            assertNull(ProcessLock.tryTake(directory.resolve("../" + directory.getFileName() + "/lock"), OPTIONS));
            assertEquals(TAKEN, tryElsewhere(file));
        }
        assertEquals(0, tryElsewhere(file));
    }

    @Test
    void aSecondLaunchInVainLeavesTheDirectoryToTheFirst() throws Exception {
        final EngineContext context = context();
        try (Engine engine = Engine.launch(context)) {
            assertNotNull(engine);
            assertThrows(
                    DirectoryLockedException.class,
                    () -> Engine.launch(context()).close());
            assertThrows(
                    IOException.class,
                    () -> Engine.inspect(directory.resolve("engine")).close());
            assertEquals(TAKEN, tryElsewhere(directory.resolve("engine/abelia.lock")));
        }
    }

    private EngineContext context() {
        return new EngineContext()
                .directory(directory.resolve("engine"))
                .durability(Durability.PROCESS)
                .store(StoreKind.MEMORY)
                .segmentBytes(2 << 20);
    }

    @Test
    void aScratchDirectoryInUseIsNotSweptByAnotherProcessEither() throws Exception {
        try (ScratchDirectory first = ScratchDirectory.open(directory, "client");
                ScratchDirectory second = ScratchDirectory.open(directory, "client")) {
            assertEquals(
                    TAKEN, tryElsewhere(first.path().resolveSibling(first.path().getFileName() + ".lock")));
            assertEquals(
                    TAKEN,
                    tryElsewhere(second.path().resolveSibling(second.path().getFileName() + ".lock")));
        }
    }
}
