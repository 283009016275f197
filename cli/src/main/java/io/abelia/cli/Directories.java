package io.abelia.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Directories that a command works in. */
final class Directories {
    private Directories() {}

    /** A directory to work in; a temporary one is removed by {@link #close}, also when the process is interrupted. */
    record Scratch(Path path, boolean temporary) implements AutoCloseable {
        @Override
        public void close() {
            if (temporary) {
                removeTree(path);
            }
        }
    }

    static Scratch scratch(final @Nullable Path given, final String prefix) throws IOException {
        if (given != null) {
            return new Scratch(Files.createDirectories(given), false);
        }
        final Scratch scratch = new Scratch(Files.createTempDirectory(prefix), true);
        Runtime.getRuntime().addShutdownHook(new Thread(scratch::close, "remove-temporary-directory"));
        return scratch;
    }

    private static void removeTree(final Path root) {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> files = Files.walk(root)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (final IOException | UncheckedIOException e) {
            System.err.println("could not remove " + root + ": " + e.getMessage());
        }
    }
}
