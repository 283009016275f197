package io.abelia.scheduler.http;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.function.Supplier;

/** Names a node's disk: a file that lies with what the disk keeps, and goes with it. */
final class Incarnation {
    private static final int LENGTH = 8;

    private Incarnation() {}

    /** The name in a directory; a new one, which begins as the prefix says, if there is none. Durable when it returns. */
    static String in(final Path directory, final Supplier<String> prefix) throws IOException {
        final Path file = directory.resolve("incarnation");
        if (!Files.exists(file)) {
            final Path part = directory.resolve("incarnation.part");
            Files.writeString(part, prefix.get() + UUID.randomUUID().toString().substring(0, LENGTH));
            try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        }
        return Files.readString(file).strip();
    }
}
