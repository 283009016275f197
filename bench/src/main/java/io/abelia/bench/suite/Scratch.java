package io.abelia.bench.suite;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** A directory for one measurement, removed afterwards. */
final class Scratch implements AutoCloseable {
    private static final int TRIES = 5;
    private static final long RETRY_NS = 100_000_000;
    private static final Set<Scratch> OPEN = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> OPEN.forEach(Scratch::abandon), "remove-scratch"));
    }

    private final Path path;

    Scratch() throws IOException {
        path = Files.createTempDirectory("abelia-bench-");
        OPEN.add(this);
    }

    /** Removes it while others may still write there: after Ctrl-C. */
    private void abandon() {
        for (int i = 0; i < TRIES && Files.exists(path); i++) {
            try {
                clear();
                Files.delete(path);
            } catch (final IOException | UncheckedIOException e) {
                LockSupport.parkNanos(RETRY_NS); // somebody wrote meanwhile
            }
        }
    }

    Path path() {
        return path;
    }

    /** Removes what is in it. */
    void clear() throws IOException {
        try (Stream<Path> files = Files.walk(path)) {
            for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                if (!file.equals(path)) {
                    Files.delete(file);
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        clear();
        Files.delete(path);
        OPEN.remove(this);
    }
}
