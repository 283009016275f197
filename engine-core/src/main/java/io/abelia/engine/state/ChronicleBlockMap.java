package io.abelia.engine.state;

import java.io.File;
import java.io.IOException;
import java.util.function.Predicate;
import net.openhft.chronicle.algo.hashing.LongHashFunction;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.bytes.PointerBytesStore;
import net.openhft.chronicle.bytes.RandomDataInput;
import net.openhft.chronicle.bytes.RandomDataOutput;
import net.openhft.chronicle.hash.Data;
import net.openhft.chronicle.hash.serialization.DataAccess;
import net.openhft.chronicle.hash.serialization.SizedReader;
import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ChronicleMapBuilder;
import net.openhft.chronicle.map.MapEntry;
import net.openhft.chronicle.map.MapSegmentContext;
import net.openhft.chronicle.wire.WireIn;
import net.openhft.chronicle.wire.WireOut;
import org.agrona.UnsafeApi;
import org.jspecify.annotations.Nullable;

/**
 * Blocks of one size as values of one Chronicle Map; the only class that knows Chronicle Map.
 *
 * <p>Keys are 16 bytes (scope and meta, placement), values have a constant size and are aligned to 8, checksums and tiering are off:
 * those are the settings under which addresses are stable and nothing is mapped later. Segments follow the low bits of the placement.
 * The map's own recovery must never be used (it cannot work, as the placement is no hash of the key's bytes).
 */
@SuppressWarnings("rawtypes") // Data.writeTo of Chronicle Map is declared with a raw type
final class ChronicleBlockMap implements AutoCloseable {
    private static final int KEY_BYTES = 16;
    private static final int META_BITS = 16;

    private final ChronicleMap<Key, Value> map;
    private final int blockBytes;
    private final long keyBytes = UnsafeApi.allocateMemory(KEY_BYTES);
    private final Key key = new Key();
    private final Value value = new Value();
    private StateStore.@Nullable BlockVisitor visitor;
    private final Predicate<MapEntry<Key, Value>> visit = this::visit;

    private ChronicleBlockMap(final ChronicleMap<Key, Value> map, final int blockBytes) {
        assert (blockBytes & Long.BYTES - 1) == 0 : blockBytes;
        this.map = map;
        this.blockBytes = blockBytes;
        key.address = keyBytes;
    }

    /**
     * Opens or makes a map.
     *
     * @param file where it lives, null for anonymous memory
     * @param entries blocks that it is made for
     * @param segments a power of two
     * @param perSegment most blocks that will be put into a segment; the caller counts
     */
    static ChronicleBlockMap open(
            final @Nullable File file,
            final int blockBytes,
            final long entries,
            final int segments,
            final long perSegment)
            throws IOException {
        assert Integer.bitCount(segments) == 1 : segments;
        final Value sample = new Value();
        sample.length = blockBytes;
        final ChronicleMapBuilder<Key, Value> builder = ChronicleMapBuilder.of(Key.class, Value.class)
                .name("abelia-" + blockBytes)
                .entries(entries)
                .keyReaderAndDataAccess(new KeyReader(), new KeyAccess())
                .valueReaderAndDataAccess(new ValueReader(), new ValueAccess())
                .constantKeySizeBySample(new Key())
                .constantValueSizeBySample(sample)
                .checksumEntries(false)
                .entryAndValueOffsetAlignment(Long.BYTES)
                .putReturnsNull(true)
                .removeReturnsNull(true)
                .skipCloseOnExitHook(true)
                .actualSegments(segments)
                .entriesPerSegment(perSegment)
                .actualChunksPerSegmentTier(perSegment)
                .allowSegmentTiering(false);
        return new ChronicleBlockMap(file == null ? builder.create() : builder.createPersistedTo(file), blockBytes);
    }

    long find(final long scope, final long placement, final int meta) {
        setKey(scope, placement, meta);
        return map.getUsing(key, value) == null ? StateStore.NONE : value.address;
    }

    long create(final long scope, final long placement, final int meta) {
        setKey(scope, placement, meta);
        value.length = blockBytes;
        map.put(key, value);
        return value.address;
    }

    void remove(final long scope, final long placement, final int meta) {
        setKey(scope, placement, meta);
        map.remove(key);
    }

    private void setKey(final long scope, final long placement, final int meta) {
        assert meta > 0 && meta < 1 << META_BITS : meta;
        UnsafeApi.putLong(keyBytes, scope << META_BITS | meta);
        UnsafeApi.putLong(keyBytes + Long.BYTES, placement);
        key.placement = placement;
    }

    void forEach(final int segment, final StateStore.BlockVisitor blockVisitor) {
        assert visitor == null : "visits do not nest";
        visitor = blockVisitor;
        try (MapSegmentContext<Key, Value, ?> context = map.segmentContext(segment)) {
            context.forEachSegmentEntryWhile(visit);
        } finally {
            visitor = null;
        }
    }

    private boolean visit(final MapEntry<Key, Value> entry) {
        final Data<Value> data = entry.value();
        if (visitor != null) {
            visitor.onBlock(data.bytes().addressForRead(data.offset()));
        }
        return true;
    }

    long segmentSize(final int segment) {
        try (MapSegmentContext<Key, Value, ?> context = map.segmentContext(segment)) {
            return context.size();
        }
    }

    long sizeBytes() {
        return map.offHeapMemoryUsed();
    }

    @Override
    public void close() {
        map.close();
        UnsafeApi.freeMemory(keyBytes);
    }

    /** 16 key bytes at an address, with the hash that places them. */
    private static final class Key {
        private long address;
        private long placement;
    }

    /** Value bytes at an address. */
    private static final class Value {
        private long address;
        private int length;
    }

    private abstract static class Access<T> implements DataAccess<T>, Data<T> {
        private transient @Nullable T instance;
        private transient PointerBytesStore bytes = new PointerBytesStore();

        @Override
        public final Data<T> getData(final T newInstance) {
            instance = newInstance;
            return this;
        }

        final RandomDataInput at(final long address, final long lengthBytes) {
            bytes.set(address, lengthBytes);
            return bytes;
        }

        @Override
        public final void uninit() {
            instance = null;
        }

        @Override
        public final T get() {
            if (instance == null) {
                throw new IllegalStateException("no instance");
            }
            return instance;
        }

        @Override
        public final long offset() {
            return 0;
        }

        @Override
        public final void readMarshallable(final WireIn wire) {
            bytes = new PointerBytesStore(); // on reopening, no constructor runs
        }

        @Override
        public final void writeMarshallable(final WireOut wire) {
            // no settings
        }
    }

    private static final class KeyAccess extends Access<Key> {
        @Override
        public DataAccess<Key> copy() {
            return new KeyAccess();
        }

        @Override
        public RandomDataInput bytes() {
            return at(get().address, KEY_BYTES);
        }

        @Override
        public long size() {
            return KEY_BYTES;
        }

        @Override
        public Key getUsing(final @Nullable Key using) {
            final Key target = using == null ? new Key() : using;
            target.address = get().address;
            target.placement = get().placement;
            return target;
        }

        @Override
        public long hash(final LongHashFunction function) {
            return get().placement;
        }

        @Override
        public boolean equivalent(final RandomDataInput source, final long sourceOffset) {
            final long other = source.addressForRead(sourceOffset);
            final long own = get().address;
            return UnsafeApi.getLong(own) == UnsafeApi.getLong(other)
                    && UnsafeApi.getLong(own + Long.BYTES) == UnsafeApi.getLong(other + Long.BYTES);
        }

        @Override
        public void writeTo(final RandomDataOutput target, final long targetOffset) {
            assert get().address != 0;
            UnsafeApi.copyMemory(get().address, target.addressForWrite(targetOffset), KEY_BYTES);
        }
    }

    private static final class ValueAccess extends Access<Value> {
        @Override
        public DataAccess<Value> copy() {
            return new ValueAccess();
        }

        @Override
        public RandomDataInput bytes() {
            return at(get().address, get().length);
        }

        @Override
        public long size() {
            return get().length;
        }

        @Override
        public Value getUsing(final @Nullable Value using) {
            final Value target = using == null ? new Value() : using;
            target.address = get().address;
            target.length = get().length;
            return target;
        }

        /** A new entry: zeroes its bytes in place and remembers where they are. */
        @Override
        public void writeTo(final RandomDataOutput target, final long targetOffset) {
            final long address = target.addressForWrite(targetOffset);
            assert (address & Long.BYTES - 1) == 0 : address;
            assert get().length > 0 : get().length;
            UnsafeApi.setMemory(address, get().length, (byte) 0);
            get().address = address;
        }
    }

    private static final class KeyReader implements SizedReader<Key> {
        @Override
        public Key read(final Bytes<?> in, final long size, final @Nullable Key using) {
            assert size == KEY_BYTES : size;
            final Key target = using == null ? new Key() : using;
            target.address = in.addressForRead(in.readPosition());
            in.readSkip(size);
            return target;
        }

        @Override
        public void readMarshallable(final WireIn wire) {
            // no settings
        }

        @Override
        public void writeMarshallable(final WireOut wire) {
            // no settings
        }
    }

    private static final class ValueReader implements SizedReader<Value> {
        @Override
        public Value read(final Bytes<?> in, final long size, final @Nullable Value using) {
            assert size > 0 && size == (int) size : size;
            final Value target = using == null ? new Value() : using;
            target.address = in.addressForRead(in.readPosition());
            assert (target.address & Long.BYTES - 1) == 0 : target.address;
            target.length = (int) size;
            in.readSkip(size);
            return target;
        }

        @Override
        public void readMarshallable(final WireIn wire) {
            // no settings
        }

        @Override
        public void writeMarshallable(final WireOut wire) {
            // no settings
        }
    }
}
