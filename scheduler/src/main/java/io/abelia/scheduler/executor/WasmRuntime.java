package io.abelia.scheduler.executor;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Runs WASM programs that are made for WASI preview 1. */
public interface WasmRuntime {
    /**
     * What a program is run with.
     *
     * @param arguments its own name first
     * @param environment names to values
     * @param in its standard input
     * @param out its standard output
     * @param error its standard error
     * @param directory what it sees as {@code /data}, as {@code /} and as where it starts; nobody else writes to it meanwhile
     * @param memoryPages most memory, in pages of 64 KiB
     * @param diskBytes most that it writes in all, where a file, a directory and a write at another place count 4 KiB at least
     * @param timeoutMs longest time, after which it is interrupted
     */
    record Setting(
            List<String> arguments,
            Map<String, String> environment,
            InputStream in,
            OutputStream out,
            OutputStream error,
            Path directory,
            int memoryPages,
            long diskBytes,
            long timeoutMs) {}

    /**
     * Runs a program to its end.
     *
     * @return its exit code
     * @throws WasmException if it is no program, traps, wants more than it may have, or was interrupted; the message says which
     */
    int run(byte[] program, Setting setting) throws WasmException, InterruptedException;

    /** Why a program did not end by itself. */
    final class WasmException extends Exception {
        private static final long serialVersionUID = 1;

        public WasmException(final String message, final Throwable cause) {
            super(message, cause);
        }
    }
}
