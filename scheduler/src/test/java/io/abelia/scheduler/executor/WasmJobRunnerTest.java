package io.abelia.scheduler.executor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.scheduler.datastore.BlobStore;
import io.abelia.scheduler.model.JobSpec;
import io.abelia.scheduler.model.Json;
import io.abelia.scheduler.model.Order;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of what programs say and leave: it is handed in whole, or the execution fails and keeps what there is. */
class WasmJobRunnerTest {
    private static final int MIB = 1 << 20;

    @TempDir
    private Path directory;

    private final Map<String, byte[]> blobs = new HashMap<>();

    /** Data and results in memory. */
    private final Contents contents = new Contents() {
        @Override
        public byte[] get(final String name) {
            return blobs.get(name);
        }

        @Override
        public String keep(final byte[] content) {
            final String digest = BlobStore.digest(content);
            blobs.put("result/" + digest, content);
            return digest;
        }
    };

    private record End(String digest, String error) {}

    private End run(final WasmRuntime program, final Map<String, String> results) throws Exception {
        blobs.put("program", new byte[1]);
        final JobSpec job =
                Json.read("{\"id\":\"j\",\"program\":\"program\",\"data\":[\"big\",\"text\"]}", JobSpec.class);
        blobs.putIfAbsent("big", new byte[1]);
        blobs.putIfAbsent("text", "given".getBytes(StandardCharsets.UTF_8));
        final CompletableFuture<End> end = new CompletableFuture<>();
        try (WasmJobRunner runner = new WasmJobRunner(program, contents, directory.resolve("jobs"))) {
            runner.start(
                    new Order("j@b1", job, "0.b1.1-0", results),
                    (digest, error) -> end.complete(new End(digest, error)));
            return end.get();
        }
    }

    private Map<String, byte[]> unzipped(final End end) throws IOException {
        final Map<String, byte[]> files = new TreeMap<>();
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(blobs.get("result/" + end.digest())))) {
            for (ZipEntry next = zip.getNextEntry(); next != null; next = zip.getNextEntry()) {
                files.put(next.getName(), zip.readAllBytes());
            }
        }
        return files;
    }

    private static void write(final OutputStream out, final int bytes) {
        try {
            out.write(new byte[bytes]);
        } catch (final IOException e) {
            // a program is told an error number, and most do not look at it
        }
    }

    @Test
    void outputThatIsNotWholeFailsTheExecution() throws Exception {
        final End end = run(
                (program, setting) -> {
                    write(setting.out(), 8 * MIB);
                    write(setting.out(), 1);
                    write(setting.error(), 3);
                    return 0;
                },
                Map.of());
        assertTrue(end.error().contains("its standard output is more than 8388608 bytes"), end.error());
        assertEquals(MIB, unzipped(end).get("stdout").length, "the first of it is kept");
        assertEquals(
                "",
                run(
                                (program, setting) -> {
                                    write(setting.out(), 8 * MIB);
                                    return 0;
                                },
                                Map.of())
                        .error());
    }

    @Test
    void aFailedExecutionKeepsWhatItSaidAndWrote() throws Exception {
        final End end = run(
                (program, setting) -> {
                    try {
                        setting.out().write("so far\n".getBytes(StandardCharsets.UTF_8));
                        setting.error().write("panic: at 3\n".getBytes(StandardCharsets.UTF_8));
                        Files.writeString(setting.directory().resolve("part.txt"), "half");
                    } catch (final IOException e) {
                        throw new IllegalStateException(e);
                    }
                    throw new WasmRuntime.WasmException("the program trapped: unreachable", new RuntimeException());
                },
                Map.of());
        assertEquals("the program trapped: unreachable: panic: at 3\n", end.error());
        final Map<String, byte[]> left = unzipped(end);
        assertEquals("so far\n", new String(left.get("stdout"), StandardCharsets.UTF_8));
        assertEquals("half", new String(left.get("data/part.txt"), StandardCharsets.UTF_8));
    }

    @Test
    void whatItWasGivenIsNotWhatItWrote() throws Exception {
        blobs.put("big", new byte[50 * MIB]);
        blobs.put("result/aa", new byte[30 * MIB]);
        final End end = run(
                (program, setting) -> {
                    try {
                        Files.writeString(setting.directory().resolve("text"), "changed");
                    } catch (final IOException e) {
                        throw new IllegalStateException(e);
                    }
                    return 0;
                },
                Map.of("other@b1", "aa"));
        assertEquals("", end.error());
        final Map<String, byte[]> result = unzipped(end);
        assertArrayEquals("changed".getBytes(StandardCharsets.UTF_8), result.get("data/text"));
        assertEquals(3, result.size(), result.keySet().toString());
    }

    @Test
    void moreFilesThanAResultHoldsFailTheExecutionAndAsManyAreKeptAsItHolds() throws Exception {
        final End end = run(
                (program, setting) -> {
                    try {
                        Files.write(setting.directory().resolve("a.bin"), new byte[MIB / 2]);
                        Files.write(setting.directory().resolve("b.bin"), new byte[45 * MIB]);
                    } catch (final IOException e) {
                        throw new IllegalStateException(e);
                    }
                    return 0;
                },
                Map.of());
        assertTrue(end.error().contains("a result has 41943040 at most"), end.error());
        assertEquals(MIB / 2, unzipped(end).get("data/a.bin").length);
    }
}
