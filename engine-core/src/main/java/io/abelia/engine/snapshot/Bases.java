package io.abelia.engine.snapshot;

import io.abelia.engine.clock.AuthorClock;
import io.abelia.engine.clock.HybridClock;
import io.abelia.engine.clock.OriginTable;
import io.abelia.engine.codec.ByteReader;
import io.abelia.engine.codec.ByteWriter;
import io.abelia.engine.codec.MalformedRecordException;

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
    }

    /** Fills an empty table. */
    static void read(final ByteReader reader, final OriginTable origins, final HybridClock hybridClock) {
        hybridClock.observe(reader.readLong());
        final int count = reader.readVarintInt(MAX_ORIGINS);
        for (int i = 0; i < count; i++) {
            final int index = origins.register(reader.readLong());
            if (index != i) {
                throw new MalformedRecordException("an origin occurs twice");
            }
            final long applied = reader.readVarint();
            origins.advance(i, applied, reader.readInt());
            if (reader.readByte() != 0) {
                origins.markClosed(i);
            }
            final AuthorClock author = origins.author(i);
            final int slots = reader.readVarintInt(count);
            for (int slot = 0; slot < slots; slot++) {
                author.addSlot(reader.readVarintInt(count - 1));
            }
            final int entries = reader.readVarintInt(count);
            for (int entry = 0; entry < entries; entry++) {
                final int origin = reader.readVarintInt(count - 1);
                author.entry(origin, reader.readVarint());
            }
        }
    }
}
