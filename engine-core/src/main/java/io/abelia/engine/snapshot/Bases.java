package io.abelia.engine.snapshot;

import io.abelia.engine.clock.AuthorClock;
import io.abelia.engine.clock.HybridClock;
import io.abelia.engine.clock.OriginTable;
import io.abelia.engine.codec.ByteReader;
import io.abelia.engine.codec.ByteWriter;
import io.abelia.engine.codec.MalformedRecordException;
import java.util.HashSet;
import java.util.Set;

/** Writes and reads what delivery needs of every origin: applied clock, links, delta bases and slots. */
public final class Bases {
    private static final int MAX_ORIGINS = 1 << 20;

    private Bases() {}

    /** Upper bound of what {@link #write} writes. */
    static int maxLength(final OriginTable origins) {
        long bytes = 64;
        for (int i = 0; i < origins.count(); i++) {
            bytes += 64 + 10L * origins.author(i).slotCount() + 20L * origins.count();
        }
        return (int) Math.min(bytes, Integer.MAX_VALUE / 2);
    }

    static void write(final ByteWriter writer, final OriginTable origins, final HybridClock hybridClock) {
        writer.writeLong(hybridClock.last());
        writer.writeVarint(origins.count());
        for (int i = 0; i < origins.count(); i++) {
            writer.writeLong(origins.origin(i));
            writer.writeVarint(origins.applied(i));
            writer.writeInt(origins.link(i));
            writer.writeByte(origins.isClosed(i) ? 1 : 0);
            final AuthorClock author = origins.author(i);
            writer.writeVarint(author.slotCount());
            for (int slot = 0; slot < author.slotCount(); slot++) {
                assert author.originIndex(slot) >= 0 && author.originIndex(slot) < origins.count() : slot;
                writer.writeVarint(author.originIndex(slot));
            }
            int entries = 0;
            for (int j = 0; j < origins.count(); j++) {
                entries += author.entry(j) == 0 ? 0 : 1;
            }
            writer.writeVarint(entries);
            for (int j = 0; j < origins.count(); j++) {
                if (author.entry(j) != 0) {
                    writer.writeVarint(j);
                    writer.writeVarint(author.entry(j));
                }
            }
        }
        assert writer.length() <= maxLength(origins) : writer.length();
    }

    /** Fills a table whose origins have not applied anything. */
    static void read(final ByteReader reader, final OriginTable origins, final HybridClock hybridClock) {
        final long hybridTime = reader.readLong();
        if (hybridTime < 0 || hybridTime > HybridClock.MAX) {
            throw new MalformedRecordException("hybrid time " + hybridTime);
        }
        hybridClock.observe(hybridTime);
        final int count = reader.readVarintInt(MAX_ORIGINS);
        final int[] indexes = new int[count];
        final Set<Integer> seen = new HashSet<>();
        final long[][] entries = new long[count][];
        final int[][] slots = new int[count][];
        for (int i = 0; i < count; i++) {
            final int index = origins.register(reader.readLong());
            indexes[i] = index;
            final long applied = reader.readVarint();
            if (applied < 0 || !seen.add(index)) {
                throw new MalformedRecordException("bases of an origin that are none");
            }
            origins.advance(index, applied, reader.readInt());
            if (reader.readByte() != 0) {
                origins.markClosed(index);
            }
            slots[i] = new int[reader.readVarintInt(count)];
            for (int slot = 0; slot < slots[i].length; slot++) {
                slots[i][slot] = reader.readVarintInt(count - 1);
            }
            entries[i] = new long[2 * reader.readVarintInt(count)];
            for (int entry = 0; entry < entries[i].length; entry += 2) {
                entries[i][entry] = reader.readVarintInt(count - 1);
                entries[i][entry + 1] = reader.readVarint();
                if (entries[i][entry + 1] <= 0) {
                    throw new MalformedRecordException("base that is none");
                }
            }
        }
        for (int i = 0; i < count; i++) {
            final AuthorClock author = origins.author(indexes[i]);
            for (final int slot : slots[i]) {
                author.addSlot(indexes[slot]);
            }
            for (int entry = 0; entry < entries[i].length; entry += 2) {
                author.entry(indexes[(int) entries[i][entry]], entries[i][entry + 1]);
            }
        }
    }
}
