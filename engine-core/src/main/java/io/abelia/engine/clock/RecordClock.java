package io.abelia.engine.clock;

import io.abelia.engine.codec.ByteReader;
import io.abelia.engine.codec.ByteWriter;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.codec.MalformedRecordException;
import io.abelia.engine.codec.RecordDescriptor;
import java.util.Arrays;
import org.agrona.UnsafeApi;

/**
 * The clocks of the record at hand: reads and writes their compact form, tests whether the record may be delivered, and
 * answers what it covers. One reusable object for each engine; with the commit lock held.
 *
 * <p>Open for one purpose: a measurement of what causality costs makes clocks of local records that tell of nothing ({@link #beginLocal},
 * {@link #observeAt}), and gives them to an engine by its context.
 *
 * <p>Coverage is judged by the <em>observed</em> clock: the delivery clock, lowered where the record says so.
 */
public class RecordClock {
    /** {@link #deliverability} when all causes have been applied. */
    public static final int DELIVERABLE = -1;

    private final OriginTable table;
    private final ByteReader reader = new ByteReader();
    private final int[] changedIndex = new int[Limits.CLOCK_ENTRIES];
    private final long[] changedSeq = new long[Limits.CLOCK_ENTRIES];
    private final int[] loweredIndex = new int[Limits.CLOCK_ENTRIES];
    private final long[] loweredSeq = new long[Limits.CLOCK_ENTRIES];
    private final long[] newOrigins = new long[Limits.CLOCK_ENTRIES];
    /** By origin index, in which reading it was last mentioned as changed. */
    private long[] readIn = new long[16];

    private long reading;
    private int changedCount;
    private int loweredCount;
    private int newCount;
    private int authorIndex;
    private long authorOrigin;
    private long seq;
    private int operationsOffset;

    public RecordClock(final OriginTable table) {
        this.table = table;
    }

    /**
     * Reads the clocks of a record whose author's previous record has been applied here. Changes nothing but the registration
     * of origins that it names for the first time.
     *
     * @param record address of an intact record
     * @throws MalformedRecordException if they cannot be the next clocks of this author
     */
    public final void read(final long record) {
        authorOrigin = RecordDescriptor.origin(record);
        authorIndex = table.register(authorOrigin);
        seq = RecordDescriptor.seq(record);
        final AuthorClock author = table.author(authorIndex);
        reader.wrap(
                record + RecordDescriptor.HEADER_LENGTH,
                RecordDescriptor.length(record) - RecordDescriptor.HEADER_LENGTH);
        readChanged(author);
        loweredCount = 0;
        if ((RecordDescriptor.flags(record) & RecordDescriptor.FLAG_OBSERVED) != 0) {
            readLowered(author);
        }
        operationsOffset = (int) (reader.position() - record);
        assert operationsOffset > RecordDescriptor.HEADER_LENGTH && operationsOffset <= RecordDescriptor.length(record)
                : operationsOffset;
    }

    private void readChanged(final AuthorClock author) {
        changedCount = reader.readVarintInt(Limits.CLOCK_ENTRIES);
        reading++;
        newCount = 0;
        for (int i = 0; i < changedCount; i++) {
            final long head = reader.readVarint();
            final long slot = head >>> 1;
            final int index;
            if ((head & 1) != 0) {
                if (slot != author.slotCount() + (long) newCount) {
                    throw new MalformedRecordException("new slot " + slot + " out of turn");
                }
                final long origin = reader.readLong();
                index = table.register(origin);
                if (author.slotOf(index) >= 0) {
                    throw new MalformedRecordException("origin that has a slot already");
                }
                newOrigins[newCount++] = index;
            } else {
                if (slot >= author.slotCount()) {
                    throw new MalformedRecordException("slot " + slot + " was never introduced");
                }
                index = author.originIndex((int) slot);
            }
            requireFirst(index);
            final long advance = reader.readVarint();
            if (advance <= 0 || index == authorIndex) {
                throw new MalformedRecordException("clock entry that does not advance");
            }
            assert index >= 0 && index < table.count() : index;
            changedIndex[i] = index;
            changedSeq[i] = author.entry(index) + advance;
            if (changedSeq[i] < 0) {
                throw new MalformedRecordException("clock entry beyond 2^63");
            }
        }
    }

    /** Refuses a second entry for an origin: what is checked would not be what is installed. */
    private void requireFirst(final int index) {
        if (index >= readIn.length) {
            readIn = Arrays.copyOf(readIn, Math.max(index + 1, readIn.length << 1));
        }
        if (readIn[index] == reading) {
            throw new MalformedRecordException("two entries for one origin");
        }
        readIn[index] = reading;
    }

    private void readLowered(final AuthorClock author) {
        loweredCount = reader.readVarintInt(Limits.CLOCK_ENTRIES);
        for (int i = 0; i < loweredCount; i++) {
            final long slot = reader.readVarint() - 1;
            if (slot < -1 || slot >= author.slotCount() + (long) newCount) {
                throw new MalformedRecordException("observed slot " + slot + " was never introduced");
            }
            final long lag = reader.readVarint();
            final int index = slot < 0 ? authorIndex : slotIndex(author, (int) slot);
            assert index >= 0 && index < table.count() : index;
            final long observed = deliveryOf(index) - lag;
            if (lag <= 0 || observed < 0) {
                throw new MalformedRecordException("observed entry is not below the delivery clock");
            }
            loweredIndex[i] = index;
            loweredSeq[i] = observed;
        }
    }

    private int slotIndex(final AuthorClock author, final int slot) {
        assert slot >= 0 && slot - author.slotCount() < newCount : slot;
        return slot < author.slotCount() ? author.originIndex(slot) : (int) newOrigins[slot - author.slotCount()];
    }

    /** Origins of which the record at hand tells that they have moved since its author's last one. */
    public final int changedCount() {
        return changedCount;
    }

    /** Offset of the operations in the record whose clocks were read or written last. */
    public final int operationsOffset() {
        return operationsOffset;
    }

    public final int authorIndex() {
        return authorIndex;
    }

    /** Index of an origin whose records must come first, or {@link #DELIVERABLE}. */
    public final int deliverability() {
        for (int i = 0; i < changedCount; i++) {
            if (table.applied(changedIndex[i]) < changedSeq[i]) {
                return changedIndex[i];
            }
        }
        return DELIVERABLE;
    }

    /** Makes the record's delivery clock the base of its author's next one, and the record applied. */
    public final void install(final int crc) {
        assert seq == table.applied(authorIndex) + 1 : seq;
        assert newCount <= changedCount : newCount;
        final AuthorClock author = table.author(authorIndex);
        for (int i = 0; i < newCount; i++) {
            author.addSlot((int) newOrigins[i]);
        }
        for (int i = 0; i < changedCount; i++) {
            author.entry(changedIndex[i], changedSeq[i]);
            table.observe(changedIndex[i], changedSeq[i]);
        }
        author.entry(authorIndex, seq);
        table.advance(authorIndex, seq, crc);
    }

    /**
     * Begins the clocks of the next local record: every entry in which the applied clock has moved since the origin's last
     * record.
     */
    public void beginLocal(final int ownIndex, final long ownSeq, final int[] moved, final int movedCount) {
        assert movedCount <= Limits.CLOCK_ENTRIES : movedCount;
        assert ownSeq == table.applied(ownIndex) + 1 : ownSeq;
        authorIndex = ownIndex;
        authorOrigin = table.origin(ownIndex);
        seq = ownSeq;
        newCount = 0;
        loweredCount = 0;
        changedCount = movedCount;
        final AuthorClock author = table.author(ownIndex);
        for (int i = 0; i < movedCount; i++) {
            final int index = moved[i];
            changedIndex[i] = index;
            changedSeq[i] = table.applied(index);
            assert index != ownIndex && changedSeq[i] > author.entry(index) : index;
            if (author.slotOf(index) < 0) {
                newOrigins[newCount++] = index;
            }
        }
    }

    /** Lowers the observed clock of the local record where a transaction's begin saw less than is delivered now. */
    public void observeAt(final long observedClock, final int observedCount) {
        final int count = table.count();
        assert observedCount >= 0 && observedCount <= count : observedCount;
        for (int i = 0; i < count; i++) {
            final long observed = i < observedCount ? UnsafeApi.getLong(observedClock + ((long) i << 3)) : 0;
            if (observed < table.applied(i)) {
                if (loweredCount == Limits.CLOCK_ENTRIES) {
                    throw new IllegalStateException(
                            "more than " + Limits.CLOCK_ENTRIES + " origins moved during a transaction");
                }
                loweredIndex[loweredCount] = i;
                loweredSeq[loweredCount++] = observed;
            }
        }
    }

    public final boolean hasLowered() {
        return loweredCount > 0;
    }

    /** Upper bound of what {@link #write} writes. */
    public final int maxEncodedLength() {
        return 10 + changedCount * 28 + loweredCount * 20;
    }

    /** Writes the clocks of the local record. */
    public final void write(final ByteWriter writer) {
        final AuthorClock author = table.author(authorIndex);
        writer.writeVarint(changedCount);
        int nextNew = author.slotCount();
        for (int i = 0; i < changedCount; i++) {
            final int slot = author.slotOf(changedIndex[i]);
            if (slot < 0) {
                writer.writeVarint((long) nextNew++ << 1 | 1);
                writer.writeLong(table.origin(changedIndex[i]));
            } else {
                writer.writeVarint((long) slot << 1);
            }
            writer.writeVarint(changedSeq[i] - author.entry(changedIndex[i]));
        }
        assert nextNew == author.slotCount() + newCount : nextNew;
        if (loweredCount > 0) {
            writeLowered(writer, author);
        }
        operationsOffset = writer.length();
        assert operationsOffset <= RecordDescriptor.HEADER_LENGTH + maxEncodedLength() : operationsOffset;
    }

    private void writeLowered(final ByteWriter writer, final AuthorClock author) {
        writer.writeVarint(loweredCount);
        for (int i = 0; i < loweredCount; i++) {
            final int index = loweredIndex[i];
            assert loweredSeq[i] < deliveryOf(index) : index;
            writer.writeVarint(index == authorIndex ? 0 : slotWithNew(author, index) + 1L);
            writer.writeVarint(deliveryOf(index) - loweredSeq[i]);
        }
    }

    private int slotWithNew(final AuthorClock author, final int index) {
        final int slot = author.slotOf(index);
        if (slot >= 0) {
            return slot;
        }
        for (int i = 0; i < newCount; i++) {
            if (newOrigins[i] == index) {
                return author.slotCount() + i;
            }
        }
        throw new IllegalStateException("origin index " + index + " has no slot");
    }

    /** What the record's author had applied of an origin. */
    public final long deliveryOf(final int index) {
        assert index >= 0 && index < table.count() : index;
        if (index == authorIndex) {
            return seq - 1;
        }
        for (int i = 0; i < changedCount; i++) {
            if (changedIndex[i] == index) {
                return changedSeq[i];
            }
        }
        return table.author(authorIndex).entry(index);
    }

    /**
     * Whether the record's transaction had observed a dot when it began; its own dot counts as observed, so that a clear and a
     * write of one transaction are one step.
     */
    public final boolean covers(final long origin, final long dotSeq) {
        if (origin == authorOrigin && dotSeq == seq) {
            return true;
        }
        final int index = table.indexOf(origin);
        if (index == OriginTable.UNKNOWN) {
            return false;
        }
        for (int i = 0; i < loweredCount; i++) {
            if (loweredIndex[i] == index) {
                return dotSeq <= loweredSeq[i];
            }
        }
        return dotSeq <= deliveryOf(index);
    }
}
