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
import java.util.Arrays;
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
import org.jspecify.annotations.Nullable;

/**
 * Runs orders as WASM programs, each in a directory of its own that holds its data, and makes a zip of what came of it: {@code stdout}, {@code
 * stderr}, and every file that it has written, in an order and with times that depend on nothing else.
 */
public final class WasmJobRunner implements JobRunner, AutoCloseable {
    private static final int PAGES_PER_MB = 16;
    private static final int MAX_OUTPUT = 8 << 20;
    /** With both outputs, what a broker takes. */
    private static final long MAX_FILES = 40 << 20;
    /** What is kept of a failed execution: each attempt of a job leaves one. */
    private static final long MAX_LEFT = 1 << 20;
    /** What a broker takes in one request. */
    private static final int MAX_RESULT = 60 << 20;

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
        final Run run = new Run();
        try {
            place = Files.createTempDirectory(directory, "job-");
            execute(order, place, run);
            end.accept(contents.keep(zip(place, run, MAX_FILES)), "");
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt(); // stopped: nobody wants to know
        } catch (final IOException | WasmRuntime.WasmException | RuntimeException | OutOfMemoryError e) {
            end.accept(leftOf(place, run), run.describe(e));
        } finally {
            if (place != null) {
                quietlyRemove(place);
            }
        }
    }

    /** A file that an execution was given. */
    private record Given(long bytes, String digest) {}

    /** What an execution was given, and what it said. */
    private static final class Run {
        final Map<String, Given> given = new HashMap<>();
        final Limited out = new Limited("standard output");
        final Limited error = new Limited("standard error");
        boolean started;

        String describe(final Throwable e) {
            final String why = String.valueOf(e.getMessage());
            return error.size() == 0 ? why : why + ": " + error.head();
        }
    }

    /** Digest of what a failed execution has said and left, as far as it may leave so much; empty if that is nothing. */
    private String leftOf(final @Nullable Path place, final Run run) {
        if (place == null || !run.started) {
            return "";
        }
        try {
            return contents.keep(zip(place, run, MAX_LEFT));
        } catch (final IOException | RuntimeException | OutOfMemoryError e) {
            return ""; // why it failed is told all the same
        }
    }

    private void execute(final Order order, final Path place, final Run run)
            throws IOException, WasmRuntime.WasmException, InterruptedException {
        final byte[] program = require(order.job().program());
        for (final String name : order.job().data()) {
            put(place, name, require(name), run.given);
        }
        for (final Map.Entry<String, String> result : order.results().entrySet()) {
            put(place, result.getKey().replace('@', '.') + ".zip", require("result/" + result.getValue()), run.given);
        }
        final String input = order.job().input();
        final InputStream in = new ByteArrayInputStream(input == null ? new byte[0] : require(input));
        final List<String> arguments = new ArrayList<>();
        arguments.add(order.job().program());
        arguments.addAll(order.job().arguments());
        run.started = true;
        final int exit = runtime.run(
                program,
                new WasmRuntime.Setting(
                        arguments,
                        order.job().environment(),
                        in,
                        run.out,
                        run.error,
                        place,
                        (int) Math.max(1, order.job().requirements().memoryMb() * PAGES_PER_MB),
                        Math.max(MAX_FILES, order.job().requirements().diskMb() << 20),
                        order.job().timeoutMs()));
        run.out.requireWhole(); // a program may not have looked whether its output was taken
        run.error.requireWhole();
        if (exit != 0) {
            throw new IOException("exit code " + exit);
        }
    }

    private static void put(final Path place, final String name, final byte[] content, final Map<String, Given> given)
            throws IOException {
        final Path file = file(place, name);
        Files.write(file, content);
        given.put(place.relativize(file).toString(), new Given(content.length, BlobStore.digest(content)));
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

    /**
     * What the program said and wrote; not what it was given and has left as it was.
     *
     * @param mostBytes of files: for a result more is an error; of what a failed execution has left, files are taken as long as they fit
     */
    private static byte[] zip(final Path place, final Run run, final long mostBytes) throws IOException {
        final List<Path> files;
        try (Stream<Path> tree = Files.walk(place)) {
            files = tree.filter(Files::isRegularFile).sorted().toList();
        }
        final ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        long bytes = 0;
        try (ZipOutputStream zip = new ZipOutputStream(zipped)) {
            entry(zip, "stdout", run.out.first(mostBytes));
            entry(zip, "stderr", run.error.first(mostBytes));
            for (final Path file : files) {
                final String name = place.relativize(file).toString();
                if (!isAsGiven(file, run.given.get(name))) {
                    bytes += Files.size(file);
                    if (bytes <= mostBytes) {
                        entry(zip, "data/" + name, Files.readAllBytes(file));
                    }
                }
            }
        }
        if (mostBytes == MAX_FILES && bytes > MAX_FILES) {
            throw new IOException(
                    "it left " + bytes + " bytes of files in its directory; a result has " + MAX_FILES + " at most");
        }
        if (zipped.size() > MAX_RESULT) {
            throw new IOException("its result is a zip of " + zipped.size() + " bytes; brokers take " + MAX_RESULT);
        }
        return zipped.toByteArray();
    }

    private static boolean isAsGiven(final Path file, final @Nullable Given given) throws IOException {
        return given != null
                && Files.size(file) == given.bytes()
                && BlobStore.digest(Files.readAllBytes(file)).equals(given.digest());
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
        private static final int HEAD = 1_000;
        private final String name;
        private boolean overflowed;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Limited(final String name) {
            this.name = name;
        }

        @Override
        public void write(final int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(final byte[] source, final int offset, final int length) throws IOException {
            if (overflowed || bytes.size() + length > MAX_OUTPUT) {
                overflowed = true; // nothing behind what is missing
                requireWhole();
            }
            bytes.write(source, offset, length);
        }

        void requireWhole() throws IOException {
            if (overflowed) {
                throw new IOException("its " + name + " is more than " + MAX_OUTPUT
                        + " bytes, the rest of which would be lost: let it write a file");
            }
        }

        int size() {
            return bytes.size();
        }

        byte[] first(final long most) {
            final byte[] all = bytes.toByteArray();
            return all.length <= most ? all : Arrays.copyOf(all, (int) most);
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
