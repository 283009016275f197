package io.abelia.engine.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One thread makes blocks while another one prepares the maps for the next. */
class ChronicleStateStoreTest {
    private static final int STORES = 40;
    private static final int CLASSES = 12;

    @TempDir
    private Path root;

    @Test
    void shouldMakeTheFirstMapOfASizeBesideAThreadThatPreparesTheNext() throws IOException, InterruptedException {
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        for (int i = 0; i < STORES; i++) {
            final Path directory = Files.createDirectory(root.resolve("store-" + i));
            final AtomicBoolean done = new AtomicBoolean();
            try (ChronicleStateStore store = new ChronicleStateStore(directory, 0)) {
                final Thread preparing = new Thread(() -> {
                    while (!done.get()) {
                        try {
                            store.prepare();
                        } catch (final RuntimeException e) {
                            failure.compareAndSet(null, e);
                        }
                    }
                });
                preparing.start();
                for (int classIndex = 1; classIndex <= CLASSES; classIndex++) {
                    store.create(1, classIndex, BlockSizes.meta(classIndex, 0));
                }
                done.set(true);
                preparing.join();
            }
            try (Stream<Path> files = Files.list(directory)) {
                assertEquals(
                        0, files.filter(file -> file.toString().contains("-0.")).count(), "maps without room");
            }
        }
        assertNull(failure.get());
    }
}
