package io.abelia.engine.crdt;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Hashing;
import io.abelia.engine.codec.Operation;
import io.abelia.engine.codec.RegistersArgument;
import io.abelia.engine.state.Block;
import io.abelia.engine.state.Units;
import org.agrona.UnsafeApi;

/**
 * SKETCH: about how many different elements were ever added, in at most 4 KiB (HyperLogLog, Flajolet et al. 2007). Each element's hash
 * chooses one of 4,096 registers and offers it a rank; a register keeps the greatest, so the sketch is a semilattice, and its bytes are a
 * function of the set of elements. The estimate (Ertl 2017, "New cardinality estimation algorithms for HyperLogLog sketches", algorithm
 * 6) has a standard error of 1.6 percent at every size.
 *
 * <p>State: 4 bytes count, 4 bytes zero; then up to {@link #SPARSE} registers that are not 0 as 4 bytes each, ascending: number of the
 * register times 256 plus its rank. For more of them the count is {@code SPARSE + 1}, and all registers follow, a byte each.
 */
public final class Sketch implements DataType {
    /** Most registers that are listed. */
    static final int SPARSE = 512;

    static final int HEADER = Long.BYTES;
    private static final long SEED = 0x536b65746368L;

    /** The register that an element chooses times 256, and the rank that it offers. */
    public static int entry(final long canonical, final int canonicalLength) {
        final long hash = Hashing.combine(Hashing.hash(SEED, canonical, canonicalLength), SEED);
        final int register = (int) (hash >>> Long.SIZE - RegistersArgument.PRECISION);
        final int rank = Math.min(
                RegistersArgument.MAX_RANK, Long.numberOfLeadingZeros(hash << RegistersArgument.PRECISION) + 1);
        assert RegistersArgument.isEntry(RegistersArgument.entry(register, rank)) : rank;
        return RegistersArgument.entry(register, rank);
    }

    @Override
    public void apply(final Operation op, final EffectContext context) {
        assert op.argumentLength() > 0 && op.argumentLength() % Integer.BYTES == 0 : op.argumentLength();
        if (!context.admits(op)) {
            return;
        }
        final Units units = context.units();
        final long cell = context.acquireCell(op);
        if (Block.isNew(cell)) {
            units.touch(cell);
            UnsafeApi.putLong(units.resizeBody(cell, HEADER), 0);
        }
        for (int at = 0; at < op.argumentLength(); at += Integer.BYTES) {
            offer(units, cell, UnsafeApi.getInt(op.argument() + at));
        }
    }

    private static void offer(final Units units, final long cell, final int entry) {
        assert RegistersArgument.isEntry(entry) : entry;
        final long body = units.body(cell);
        final int count = UnsafeApi.getInt(body);
        assert Block.bodyLength(cell) == HEADER + (count > SPARSE ? RegistersArgument.REGISTERS : count * Integer.BYTES)
                : count;
        if (count > SPARSE) {
            final long register = body + HEADER + RegistersArgument.register(entry);
            if (RegistersArgument.rank(entry) > UnsafeApi.getByte(register)) {
                units.touch(cell);
                UnsafeApi.putByte(register, (byte) entry);
            }
            return;
        }
        final int place = find(body, count, RegistersArgument.register(entry));
        final long at = body + HEADER + (long) place * Integer.BYTES;
        if (place < count && UnsafeApi.getInt(at) >>> Byte.SIZE == RegistersArgument.register(entry)) {
            if (entry > UnsafeApi.getInt(at)) {
                units.touch(cell);
                UnsafeApi.putInt(at, entry);
            }
            return;
        }
        units.touch(cell);
        if (count == SPARSE) {
            spread(units, cell);
            offer(units, cell, entry);
            return;
        }
        final long grown = units.resizeBody(cell, HEADER + (count + 1) * Integer.BYTES);
        final long hole = grown + HEADER + (long) place * Integer.BYTES;
        UnsafeApi.copyMemory(hole, hole + Integer.BYTES, (long) (count - place) * Integer.BYTES);
        UnsafeApi.putInt(hole, entry);
        assert place == 0 || UnsafeApi.getInt(hole - Integer.BYTES) < entry : place;
        assert place == count || UnsafeApi.getInt(hole + Integer.BYTES) > entry : place;
        UnsafeApi.putInt(grown, count + 1);
    }

    /** Number of the first listed entry at or behind a register. */
    private static int find(final long body, final int count, final int register) {
        int low = 0;
        int high = count;
        while (low < high) {
            final int middle = low + high >>> 1;
            if (UnsafeApi.getInt(body + HEADER + (long) middle * Integer.BYTES) >>> Byte.SIZE < register) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Makes an array of all registers of a list that is full. */
    private static void spread(final Units units, final long cell) {
        final long body = units.resizeBody(cell, HEADER + RegistersArgument.REGISTERS);
        assert UnsafeApi.getInt(body) == SPARSE : UnsafeApi.getInt(body);
        final long copy = UnsafeApi.allocateMemory((long) SPARSE * Integer.BYTES);
        try {
            UnsafeApi.copyMemory(body + HEADER, copy, (long) SPARSE * Integer.BYTES);
            UnsafeApi.setMemory(body + HEADER, RegistersArgument.REGISTERS, (byte) 0);
            for (int i = 0; i < SPARSE; i++) {
                final int entry = UnsafeApi.getInt(copy + (long) i * Integer.BYTES);
                assert RegistersArgument.isEntry(entry) : entry;
                UnsafeApi.putByte(body + HEADER + RegistersArgument.register(entry), (byte) entry);
            }
        } finally {
            UnsafeApi.freeMemory(copy);
        }
        UnsafeApi.putInt(body, SPARSE + 1);
    }

    /** Raises registers to those of a state. */
    public static void raise(final byte[] registers, final long body, final int bodyLength) {
        assert registers.length == RegistersArgument.REGISTERS : registers.length;
        if (bodyLength == 0) {
            return;
        }
        final int count = UnsafeApi.getInt(body);
        if (count <= SPARSE) {
            raiseListed(registers, body + HEADER, count * Integer.BYTES);
            return;
        }
        for (int i = 0; i < RegistersArgument.REGISTERS; i++) {
            registers[i] = (byte) Math.max(registers[i], UnsafeApi.getByte(body + HEADER + i));
        }
    }

    /** Raises registers to those of an operation's argument. */
    public static void raiseListed(final byte[] registers, final long entries, final int lengthBytes) {
        assert lengthBytes % Integer.BYTES == 0 : lengthBytes;
        for (int at = 0; at < lengthBytes; at += Integer.BYTES) {
            final int entry = UnsafeApi.getInt(entries + at);
            registers[RegistersArgument.register(entry)] =
                    (byte) Math.max(registers[RegistersArgument.register(entry)], entry & 0xFF);
        }
    }

    /** About how many different elements have been added. */
    public static double estimate(final byte[] registers) {
        assert registers.length == RegistersArgument.REGISTERS : registers.length;
        final int[] counts = new int[RegistersArgument.MAX_RANK + 1];
        for (final byte rank : registers) {
            counts[rank]++;
        }
        double z = RegistersArgument.REGISTERS
                * tau(1 - (double) counts[RegistersArgument.MAX_RANK] / RegistersArgument.REGISTERS);
        for (int rank = RegistersArgument.MAX_RANK - 1; rank >= 1; rank--) {
            z = 0.5 * (z + counts[rank]);
        }
        z += RegistersArgument.REGISTERS * sigma((double) counts[0] / RegistersArgument.REGISTERS);
        return RegistersArgument.REGISTERS / (2 * Math.log(2)) * RegistersArgument.REGISTERS / z;
    }

    private static double sigma(final double share) {
        if (share == 1) {
            return Double.POSITIVE_INFINITY;
        }
        double x = share;
        double y = 1;
        double z = x;
        double before;
        do {
            x *= x;
            before = z;
            z += x * y;
            y += y;
        } while (z != before);
        return z;
    }

    private static double tau(final double share) {
        if (share == 0 || share == 1) {
            return 0;
        }
        double x = share;
        double y = 1;
        double z = 1 - x;
        double before;
        do {
            x = Math.sqrt(x);
            before = z;
            y *= 0.5;
            z -= (1 - x) * (1 - x) * y;
        } while (z != before);
        return z / 3;
    }

    @Override
    public long readable(final long body, final int bodyLength) {
        return Hashing.hash(CellType.SKETCH.code(), body, bodyLength) | 1;
    }
}
