package io.abelia.scheduler.executor;

import com.dylibso.chicory.compiler.InterpreterFallback;
import com.dylibso.chicory.compiler.MachineFactoryCompiler;
import com.dylibso.chicory.runtime.ByteArrayMemory;
import com.dylibso.chicory.runtime.ChicoryInterruptedException;
import com.dylibso.chicory.runtime.HostFunction;
import com.dylibso.chicory.runtime.ImportMemory;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.runtime.Memory;
import com.dylibso.chicory.runtime.Store;
import com.dylibso.chicory.runtime.TableInstance;
import com.dylibso.chicory.runtime.WasmFunctionHandle;
import com.dylibso.chicory.wasi.WasiExitException;
import com.dylibso.chicory.wasi.WasiOptions;
import com.dylibso.chicory.wasi.WasiPreview1;
import com.dylibso.chicory.wasm.InvalidException;
import com.dylibso.chicory.wasm.MalformedException;
import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.UninstantiableException;
import com.dylibso.chicory.wasm.UnlinkableException;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.MemoryImport;
import com.dylibso.chicory.wasm.types.MemoryLimits;
import com.dylibso.chicory.wasm.types.Table;
import com.dylibso.chicory.wasm.types.TableLimits;
import io.abelia.scheduler.datastore.BlobStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs programs with Chicory: compiled to byte code, which is kept for the last few small programs; interpreted where that cannot be. A page cap holds for all memories of a program together;
 * tables and what is written to disk are capped, too; programs can make no links, and see none, so that nothing outside their directory can be reached.
 */
public final class ChicoryRuntime implements WasmRuntime {
    private static final long MAX_TABLE_ENTRIES = 1_000_000;
    private static final long STACK_BYTES = 16L << 20;
    private static final long STOP_MS = 2_000;
    private static final int CHECK_MASK = 1023;
    private static final long EPERM = 63;
    private static final long EFAULT = 21;
    private static final long ENOSPC = 51;
    private static final long BLOCK_BYTES = 4096;
    private static final int OPEN_FLAGS = 4;
    private static final long CREATE = 1;
    private static final int VECTOR_BYTES = 8;
    private static final int MAX_READY = 16;
    private static final int MAX_READY_BYTES = 1 << 20;

    private final Map<String, Ready> ready = new LinkedHashMap<>(MAX_READY, 1, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(final Map.Entry<String, Ready> eldest) {
            return size() > MAX_READY;
        }
    };

    @Override
    public int run(final byte[] program, final Setting setting) throws WasmException, InterruptedException {
        final FutureTask<Integer> task = new FutureTask<>(() -> execute(program, setting));
        final Thread thread = new Thread(null, task, "abelia-wasm", STACK_BYTES);
        thread.setDaemon(true);
        thread.start();
        try {
            return task.get(setting.timeoutMs(), TimeUnit.MILLISECONDS);
        } catch (final TimeoutException e) {
            throw new WasmException("not done in " + setting.timeoutMs() + " ms", e);
        } catch (final ExecutionException e) {
            final Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new WasmException(describe(cause), cause);
        } finally {
            thread.interrupt();
            thread.join(STOP_MS);
        }
    }

    private static String describe(final Throwable cause) {
        final String what;
        if (cause instanceof MalformedException || cause instanceof InvalidException) {
            what = "no WASM program: ";
        } else if (cause instanceof UnlinkableException || cause instanceof UninstantiableException) {
            what = "the program cannot be started: ";
        } else if (cause instanceof ChicoryInterruptedException) {
            what = "interrupted: ";
        } else if (cause instanceof OutOfMemoryError || cause instanceof StackOverflowError) {
            what = "the program wants more than it may have: ";
        } else {
            what = "the program trapped: ";
        }
        return what + cause.getMessage();
    }

    private int execute(final byte[] program, final Setting setting) throws IOException {
        requireNoLinks(setting.directory());
        final WasiOptions.Builder options = WasiOptions.builder()
                .withArguments(setting.arguments())
                .withStdin(setting.in(), false)
                .withStdout(setting.out(), false)
                .withStderr(setting.error(), false)
                .withRandom(new SecureRandom())
                .withDirectory("/data", setting.directory().toRealPath())
                .withDirectory("/", setting.directory().toRealPath())
                .withDirectory(".", setting.directory().toRealPath());
        setting.environment().forEach(options::withEnvironment);
        try (WasiPreview1 wasi =
                WasiPreview1.builder().withOptions(options.build()).build()) {
            final Instance instance = instance(program, wasi, setting);
            instance.export("_start").apply();
            return 0;
        } catch (final WasiExitException e) {
            return e.exitCode();
        }
    }

    private static void requireNoLinks(final Path directory) throws IOException {
        try (Stream<Path> tree = Files.walk(directory)) {
            if (tree.skip(1).anyMatch(Files::isSymbolicLink)) {
                throw new IOException(directory + " contains a symbolic link");
            }
        }
    }

    private Instance instance(final byte[] program, final WasiPreview1 wasi, final Setting setting) {
        final Ready ready = ready(program);
        final WasmModule module = ready.module();
        final Budget budget =
                new Budget(Math.min(setting.memoryPages(), Memory.RUNTIME_MAX_PAGES), setting.diskBytes());
        final Store store = new Store();
        for (final HostFunction function : wasi.toHostFunctions()) {
            store.addFunction(guard(function, budget));
        }
        module.importSection().stream()
                .filter(MemoryImport.class::isInstance)
                .map(MemoryImport.class::cast)
                .forEach(memory -> store.addMemory(
                        new ImportMemory(memory.module(), memory.name(), budget.memory(memory.limits()))));
        final long[] executed = new long[1];
        final Instance.Builder builder = Instance.builder(module)
                .withImportValues(store.toImportValues())
                .withMemoryFactory(budget::memory)
                .withTableFactory((table, initial) -> new TableInstance(budget.table(table), initial))
                .withStart(false)
                // what is interpreted looks for an interrupt at calls only, and a loop may have none
                .withUnsafeExecutionListener((instruction, stack) -> {
                    if ((++executed[0] & CHECK_MASK) == 0
                            && Thread.currentThread().isInterrupted()) {
                        throw new ChicoryInterruptedException("the time is over");
                    }
                });
        final Function<Instance, Machine> compiled = ready.compiled();
        return (compiled == null ? builder : builder.withMachineFactory(compiled)).build();
    }

    /** A program that was parsed, and compiled to byte code; without that it is interpreted. Runs change nothing of it. */
    private record Ready(WasmModule module, @Nullable Function<Instance, Machine> compiled) {}

    private Ready ready(final byte[] program) {
        final String digest = BlobStore.digest(program);
        synchronized (ready) {
            final Ready kept = ready.get(digest);
            if (kept != null) {
                return kept;
            }
        }
        final WasmModule module = Parser.parse(program);
        Function<Instance, Machine> compiled = null;
        try {
            compiled = MachineFactoryCompiler.builder(module)
                    .withInterpreterFallback(InterpreterFallback.SILENT)
                    .compile();
        } catch (final RuntimeException | LinkageError e) {
            // what cannot be compiled is interpreted
        }
        final Ready made = new Ready(module, compiled);
        if (program.length <= MAX_READY_BYTES) {
            synchronized (ready) {
                ready.put(digest, made);
            }
        }
        return made;
    }

    /** What is left of what a program may have. */
    private static final class Budget {
        private long pages;
        private long entries = MAX_TABLE_ENTRIES;
        private long diskBytes;
        private final Set<Long> moved = new HashSet<>();

        Budget(final long pages, final long diskBytes) {
            this.pages = pages;
            this.diskBytes = diskBytes;
        }

        /** What a write occupies: a block at least where the descriptor's place has moved otherwise than by writing. */
        long atNewPlace(final long descriptor, final long bytes) {
            return moved.remove(descriptor) ? Math.max(BLOCK_BYTES, bytes) : bytes;
        }

        /** Takes so much of the disk; false if there is not so much left. */
        boolean takeDisk(final long bytes) {
            if (bytes < 0 || bytes > diskBytes) {
                return false;
            }
            diskBytes -= bytes;
            return true;
        }

        Memory memory(final MemoryLimits limits) {
            if (limits.initialPages() > pages) {
                throw new UninstantiableException(
                        limits.initialPages() + " pages of memory wanted, " + pages + " allowed");
            }
            final int most = (int) Math.min(limits.maximumPages(), pages);
            pages -= most;
            return new ByteArrayMemory(new MemoryLimits(limits.initialPages(), most, limits.shared()));
        }

        /** A copy: a table that grows changes its own limits, and with them the program's. */
        Table table(final Table wanted) {
            final TableLimits limits = wanted.limits();
            if (limits.min() > entries) {
                throw new UninstantiableException("a table of " + limits.min() + " entries");
            }
            final long most = Math.min(limits.max(), entries);
            entries -= most;
            return new Table(
                    wanted.elementType(), new TableLimits(limits.min(), most, limits.shared()), wanted.initialize());
        }
    }

    /** Takes away what leads out of the directory, reads that would allocate whatever a program asks for, and more disk than it may have. */
    private static HostFunction guard(final HostFunction function, final Budget budget) {
        final WasmFunctionHandle handle = switch (function.name()) {
            case "fd_write" ->
                (instance, arguments) ->
                        budget.takeDisk(budget.atNewPlace(arguments[0], length(instance.memory(), arguments)))
                                ? function.handle().apply(instance, arguments)
                                : new long[] {ENOSPC};
            case "fd_pwrite" ->
                (instance, arguments) -> budget.takeDisk(Math.max(BLOCK_BYTES, length(instance.memory(), arguments)))
                        ? function.handle().apply(instance, arguments)
                        : new long[] {ENOSPC};
            case "fd_seek", "fd_renumber" ->
                (instance, arguments) -> {
                    budget.moved.add(arguments[function.name().equals("fd_seek") ? 0 : 1]);
                    return function.handle().apply(instance, arguments);
                };
            case "path_open" ->
                (instance, arguments) -> (arguments[OPEN_FLAGS] & CREATE) == 0 || budget.takeDisk(BLOCK_BYTES)
                        ? function.handle().apply(instance, arguments)
                        : new long[] {ENOSPC};
            case "path_create_directory" ->
                (instance, arguments) -> budget.takeDisk(BLOCK_BYTES)
                        ? function.handle().apply(instance, arguments)
                        : new long[] {ENOSPC};
            case "fd_allocate" ->
                (instance, arguments) ->
                        arguments[1] >= 0 && arguments[2] >= 0 && budget.takeDisk(arguments[1] + arguments[2])
                                ? function.handle().apply(instance, arguments)
                                : new long[] {ENOSPC};
            case "fd_filestat_set_size" ->
                (instance, arguments) -> budget.takeDisk(arguments[1])
                        ? function.handle().apply(instance, arguments)
                        : new long[] {ENOSPC};
            case "path_symlink", "path_link" -> (instance, arguments) -> new long[] {EPERM};
            case "fd_read", "fd_pread" ->
                (instance, arguments) -> {
                    budget.moved.add(arguments[0]);
                    final Memory memory = instance.memory();
                    for (int i = 0; i < (int) arguments[2]; i++) {
                        final int length = memory.readInt((int) arguments[1] + VECTOR_BYTES * i + Integer.BYTES);
                        if (length < 0 || length > (long) memory.pages() * Memory.PAGE_SIZE) {
                            return new long[] {EFAULT};
                        }
                    }
                    return function.handle().apply(instance, arguments);
                };
            default -> function.handle();
        };
        return new HostFunction(function.module(), function.name(), function.functionType(), handle);
    }

    /** Bytes that a list of vectors names. */
    private static long length(final Memory memory, final long[] arguments) {
        long length = 0;
        for (int i = 0; i < (int) arguments[2]; i++) {
            length += Integer.toUnsignedLong(memory.readInt((int) arguments[1] + VECTOR_BYTES * i + Integer.BYTES));
        }
        return length;
    }
}
