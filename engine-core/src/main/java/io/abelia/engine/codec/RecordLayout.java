package io.abelia.engine.codec;

/** Finds the parts of a record without knowing its author's clocks. */
public final class RecordLayout {
    private RecordLayout() {}

    /** Address at which a record's operations begin. */
    public static long operations(final long record) {
        assert RecordDescriptor.length(record) >= RecordDescriptor.HEADER_LENGTH : RecordDescriptor.length(record);
        final ByteReader reader = new ByteReader()
                .wrap(
                        record + RecordDescriptor.HEADER_LENGTH,
                        RecordDescriptor.length(record) - RecordDescriptor.HEADER_LENGTH);
        final int changed = reader.readVarintInt(Limits.CLOCK_ENTRIES);
        for (int i = 0; i < changed; i++) {
            if ((reader.readVarint() & 1) != 0) {
                reader.readLong();
            }
            reader.readVarint();
        }
        if ((RecordDescriptor.flags(record) & RecordDescriptor.FLAG_OBSERVED) != 0) {
            final int lowered = reader.readVarintInt(Limits.CLOCK_ENTRIES);
            for (int i = 0; i < lowered; i++) {
                reader.readVarint();
                reader.readVarint();
            }
        }
        return reader.position();
    }
}
