package io.abelia.scheduler.executor;

import io.abelia.scheduler.datastore.BlobStore;
import io.abelia.scheduler.model.Order;
import io.abelia.scheduler.model.Submission;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Runs orders as WASM programs, each in a directory of its own that holds its data, and makes a zip of what came of it: {@code stdout}, {@code
 * stderr}, and every file that it has written, in an order and with times that depend on nothing else.
 */
public final class WasmJobRunner implements JobRunner, AutoCloseable {
    private static final int PAGES_PER_MB = 16;
    private static final int MAX_OUTPUT = 8 << 20;
    /** With both outputs, what a broker takes. */
    private static final long MAX_FILES = 40 << 20;

    private final WasmRuntime runtime;
    private final Contents contents;
    private final Path directory;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        final Thread thread = new Thread(task, "abelia-job");
        thread.setDaemon(true);
        return thread;
    });
    private final Map<String, Future<?>> running = new ConcurrentHashMap<>();

    /** A runner whose jobs lie in a directory, which it empties. */
    public WasmJobRunner(final WasmRuntime runtime, final Contents contents, final Path directory) throws IOException {
        this.runtime = runtime;
        this.contents = contents;
        this.directory = directory;
        remove(directory);
        Files.createDirectories(directory);
    }

    @Override
    public void start(final Order order, final BiConsumer<String, String> end) {
        final String key = order.name() + " " + order.attempt();
        running.put(key, threads.submit(() -> {
            try {
                run(order, end);
            } finally {
                running.remove(key);
            }
        }));
    }

    @Override
    public void stop(final String attempt) {
        final Future<?> task = running.remove(attempt);
        if (task != null) {
            task.cancel(true);
        }
    }

    private void run(final Order order, final BiConsumer<String, String> end) {
        Path place = null;
        try {
            place = Files.createTempDirectory(directory, "job-");
            final byte[] result = execute(order, place);
            end.accept(contents.keep(result), "");
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt(); // stopped: nobody wants to know
        } catch (final IOException | WasmRuntime.WasmException | RuntimeException | OutOfMemoryError e) {
            end.accept("", String.valueOf(e.getMessage()));
        } finally {
            if (place != null) {
                quietlyRemove(place);
            }
        }
    }

    private byte[] execute(final Order order, final Path place)
            throws IOException, WasmRuntime.WasmException, InterruptedException {
        final byte[] program = require(order.job().program());
        final Map<String, String> given = new HashMap<>();
        for (final String name : order.job().data()) {
            put(place, name, require(name), given);
        }
        for (final Map.Entry<String, String> result : order.results().entrySet()) {
            Files.write(
                    file(place, result.getKey().replace('@', '.') + ".zip"), require("result/" + result.getValue()));
        }
        final String input = order.job().input();
        final InputStream in = new ByteArrayInputStream(input == null ? new byte[0] : require(input));
        final Limited out = new Limited();
        final Limited error = new Limited();
        final List<String> arguments = new ArrayList<>();
        arguments.add(order.job().program());
        arguments.addAll(order.job().arguments());
        final int exit = runtime.run(
                program,
                new WasmRuntime.Setting(
                        arguments,
                        order.job().environment(),
                        in,
                        out,
                        error,
                        place,
                        (int) Math.max(1, order.job().requirements().memoryMb() * PAGES_PER_MB),
                        Math.max(MAX_FILES, order.job().requirements().diskMb() << 20),
                        order.job().timeoutMs()));
        if (exit != 0) {
            throw new IOException("exit code " + exit + (error.size() == 0 ? "" : ": " + error.head()));
        }
        return zip(place, given, out, error);
    }

    private static void put(final Path place, final String name, final byte[] content, final Map<String, String> given)
            throws IOException {
        final Path file = file(place, name);
        Files.write(file, content);
        given.put(place.relativize(file).toString(), BlobStore.digest(content));
    }

    private byte[] require(final String name) throws IOException {
        final byte[] content;
        try {
            content = contents.get(name);
        } catch (final IOException e) {
            throw new IOException(Submission.UNAVAILABLE + e.getMessage(), e);
        }
        if (content == null) {
            throw new FileNotFoundException("there is no datum " + name);
        }
        return content;
    }

    private static Path file(final Path place, final String name) throws IOException {
        final Path file = place.resolve(name).normalize();
        if (!file.startsWith(place) || file.equals(place)) {
            throw new IOException("no name of a file: " + name);
        }
        final Path parent = file.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        return file;
    }

    /** What the program said and wrote; not what it was given and has left as it was. */
    private static byte[] zip(final Path place, final Map<String, String> given, final Limited out, final Limited error)
            throws IOException {
        final List<Path> files;
        try (Stream<Path> tree = Files.walk(place)) {
            files = tree.filter(Files::isRegularFile).sorted().toList();
        }
        long bytes = 0;
        for (final Path file : files) {
            bytes += Files.size(file);
        }
        if (bytes > MAX_FILES) {
            throw new IOException("it wrote " + bytes + " bytes of files, more than " + MAX_FILES);
        }
        final ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(zipped)) {
            entry(zip, "stdout", out.toByteArray());
            entry(zip, "stderr", error.toByteArray());
            for (final Path file : files) {
                final String name = place.relativize(file).toString();
                final byte[] content = Files.readAllBytes(file);
                if (!BlobStore.digest(content).equals(given.get(name))) {
                    entry(zip, "data/" + name, content);
                }
            }
        }
        return zipped.toByteArray();
    }

    private static void entry(final ZipOutputStream zip, final String name, final byte[] content) throws IOException {
        final ZipEntry entry = new ZipEntry(name);
        entry.setTime(0);
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }

    /** Takes so much output and no more: a program that writes for ever does not fill the memory. */
    private static final class Limited extends OutputStream {
        private static final int HEAD = 200;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public void write(final int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(final byte[] source, final int offset, final int length) throws IOException {
            if (bytes.size() + length > MAX_OUTPUT) {
                throw new IOException("more than " + MAX_OUTPUT + " bytes of output");
            }
            bytes.write(source, offset, length);
        }

        int size() {
            return bytes.size();
        }

        byte[] toByteArray() {
            return bytes.toByteArray();
        }

        String head() {
            final String text = bytes.toString(java.nio.charset.StandardCharsets.UTF_8);
            return text.substring(0, Math.min(HEAD, text.length()));
        }
    }

    private static void quietlyRemove(final Path path) {
        try {
            remove(path);
        } catch (final IOException e) {
            // the next launch empties the directory
        }
    }

    private static void remove(final Path path) throws IOException {
        if (Files.exists(path)) {
            try (Stream<Path> tree = Files.walk(path)) {
                for (final Path each : tree.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(each);
                }
            }
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
