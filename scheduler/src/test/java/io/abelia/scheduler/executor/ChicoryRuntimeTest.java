package io.abelia.scheduler.executor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChicoryRuntimeTest {
    private static final long DISK_BYTES = 1 << 20;

    @TempDir
    Path directory;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final WasmRuntime runtime = new ChicoryRuntime();

    private static byte[] program(final String name) throws IOException {
        try (InputStream in =
                ChicoryRuntimeTest.class.getResourceAsStream("/io/abelia/scheduler/programs/" + name + ".wasm")) {
            return in.readAllBytes();
        }
    }

    private int run(final byte[] program, final String input, final long timeoutMs) throws Exception {
        return runtime.run(
                program,
                new WasmRuntime.Setting(
                        List.of("program", "one", "two"),
                        Map.of("CITY", "Wien"),
                        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                        out,
                        new ByteArrayOutputStream(),
                        directory,
                        16,
                        DISK_BYTES,
                        timeoutMs));
    }

    @Test
    void shouldReadItsStandardInput() throws Exception {
        assertEquals(0, run(program("count"), "ab\ncd\n".repeat(50_000), 20_000));
        assertEquals("300000 100000\n", out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void shouldRunAProgramAgainAsIfForTheFirstTime() throws Exception {
        for (int i = 0; i < 3; i++) {
            assertEquals(16, run(program("grow"), "", 20_000));
            assertEquals(0, run(program("count"), "ab\n", 20_000));
            assertEquals(0, run(program("change"), "", 20_000));
        }
        assertEquals("3 1\n3 1\n3 1\n", out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void shouldGetArgumentsAndEnvironment() throws Exception {
        assertEquals(0, run(program("echo"), "", 20_000));
        assertEquals("program\0one\0two\0CITY=Wien\0", out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void shouldWriteIntoItsDirectory() throws Exception {
        assertEquals(0, run(program("write"), "", 20_000));
        assertEquals("made here\n", Files.readString(directory.resolve("made.txt")));
    }

    /** The program writes into the directory with descriptor 3; that number stands behind the code of its instruction. */
    private static byte[] writingTo(final int descriptor) throws IOException {
        final byte[] program = program("write");
        int found = 0;
        for (int i = 0; i + 4 < program.length; i++) {
            if (program[i] == 0x41 && program[i + 1] == 3 && program[i + 2] == 0x41 && program[i + 3] == 0) {
                program[i + 1] = (byte) descriptor;
                found++;
            }
        }
        assertEquals(1, found);
        return program;
    }

    @Test
    void shouldFindItsDirectoryAlsoAsTheRootAndAsWhereItStarts() throws Exception {
        for (final int descriptor : new int[] {3, 4, 5}) {
            Files.deleteIfExists(directory.resolve("made.txt"));
            assertEquals(0, run(writingTo(descriptor), "", 20_000));
            assertEquals("made here\n", Files.readString(directory.resolve("made.txt")));
        }
    }

    @Test
    void shouldBeInterruptedAtItsDeadline() {
        final WasmRuntime.WasmException e =
                assertThrows(WasmRuntime.WasmException.class, () -> run(program("spin"), "", 300));
        assertTrue(e.getMessage().contains("not done in 300 ms"));
        assertTrue(
                Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().equals("abelia-wasm") && thread.isAlive()),
                "its thread has ended");
    }

    @Test
    void shouldGetNoMoreMemoryThanItMayHave() throws Exception {
        assertEquals(16, run(program("grow"), "", 20_000));
    }

    @Test
    void shouldWriteNoMoreThanItMay() throws Exception {
        assertEquals(51, run(program("fill"), "", 20_000), "no space is left");
        assertEquals(DISK_BYTES - (64 << 10), Files.size(directory.resolve("fill.bin")), "the file itself counts, too");
    }

    @Test
    void shouldWorkForAsLongAsItsArgumentSays() throws Exception {
        assertEquals(0, run(program("work"), "", 20_000), "no number is no work");
        assertEquals("done\n", out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void shouldSayWhatIsNoProgram() {
        final WasmRuntime.WasmException e = assertThrows(
                WasmRuntime.WasmException.class, () -> run("nonsense".getBytes(StandardCharsets.UTF_8), "", 1_000));
        assertTrue(e.getMessage().startsWith("no WASM program"), e.getMessage());
    }
}
