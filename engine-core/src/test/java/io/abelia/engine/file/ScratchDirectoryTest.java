package io.abelia.engine.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ScratchDirectoryTest {
    @TempDir
    private Path base;

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(base)) {
            return files.toList();
        }
    }

    @Test
    void whatAKilledProcessLeftIsRemovedByTheNext() throws IOException {
        final Path dead = Files.createDirectories(base.resolve("client-dead/counters"));
        Files.writeString(dead.resolve("cnc.dat"), "47 MB");
        Files.createFile(base.resolve("client-dead.lock")); // a kill gives the lock back
        final Path other = Files.createFile(base.resolve("member-dead.lock"));
        ScratchDirectory.open(base, "client").close();
        assertEquals(List.of(other), files());
    }

    @Test
    void whatAnotherHoldsStays() throws IOException {
        try (ScratchDirectory first = ScratchDirectory.open(base, "client")) {
            final Path file = Files.createDirectories(first.path()).resolve("cnc.dat");
            Files.writeString(file, "in use");
            try (ScratchDirectory second = ScratchDirectory.open(base, "client")) {
                assertTrue(Files.exists(file));
                assertFalse(second.path().equals(first.path()));
            }
            assertTrue(Files.exists(file));
        }
        assertEquals(List.of(), files());
    }
}
