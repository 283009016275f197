package io.abelia.bench;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.zip.CRC32C;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the least possible engine would cost: a 72-byte record with its CRC into a mapped file and an addition in place, nothing
 * else. And what many use instead: a map of adders, without log, transactions or other nodes.
 */
@State(Scope.Thread)
@BenchmarkMode({Mode.AverageTime, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class FloorBenchmark {
    private static final int LOG_BYTES = 256 << 20;
    private static final int RECORD_BYTES = 72;
    private static final int INDEXES = 1 << 16;

    @Param({"1000", "100000"})
    public int cells;

    private Path file;
    private MappedByteBuffer mapped;
    private UnsafeBuffer log;
    private UnsafeBuffer state;
    private final CRC32C crc = new CRC32C();
    private final ConcurrentHashMap<String, LongAdder> adders = new ConcurrentHashMap<>();
    private String[] keys;
    private int[] order;
    private int next;
    private int offset;

    @Setup(Level.Trial)
    public void setUp() throws IOException {
        file = Files.createTempFile("abelia-floor", ".log");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, LOG_BYTES);
            mapped.order(ByteOrder.LITTLE_ENDIAN);
        }
        log = new UnsafeBuffer(mapped);
        log.setMemory(0, LOG_BYTES, (byte) 0);
        state = new UnsafeBuffer(java.nio.ByteBuffer.allocateDirect(cells * 128));
        keys = new String[cells];
        for (int i = 0; i < cells; i++) {
            keys[i] = "key_" + i;
            adders.put(keys[i], new LongAdder());
        }
        order = new SplittableRandom(1).ints(INDEXES, 0, cells).toArray();
    }

    @TearDown(Level.Trial)
    public void tearDown() throws IOException {
        IoUtil.unmap(mapped);
        Files.delete(file);
    }

    @Benchmark
    public long appendAndAdd() {
        final int cell = order[next++ & INDEXES - 1];
        if (offset > LOG_BYTES - RECORD_BYTES) {
            offset = 0;
        }
        final int at = offset;
        for (int i = 8; i < RECORD_BYTES; i += 8) {
            log.putLong(at + i, (long) cell + i);
        }
        crc.reset();
        mapped.limit(at + RECORD_BYTES).position(at + 8);
        crc.update(mapped);
        log.putInt(at + 4, (int) crc.getValue());
        log.putIntOrdered(at, RECORD_BYTES);
        offset = at + RECORD_BYTES;
        return state.getAndAddLong(cell * 128, 1);
    }

    @Benchmark
    public void mapOfAdders() {
        adders.get(keys[order[next++ & INDEXES - 1]]).increment();
    }
}
