package io.abelia.engine.transaction;

import io.abelia.engine.codec.ByteWriter;
import io.abelia.engine.codec.Limits;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import org.agrona.UnsafeApi;

/** The elements of one intersection. Sorted and freed of repeats by itself. Not thread safe; allocates. */
public final class ElementList {
    private final List<Value> elements = new ArrayList<>();
    private final ByteWriter writer = new ByteWriter();
    private boolean sorted;

    public ElementList add(final long element) {
        return add(new Value().set(element));
    }

    public ElementList add(final CharSequence element) {
        return add(new Value().set(element));
    }

    public ElementList add(final byte[] element) {
        return add(new Value().set(element));
    }

    private ElementList add(final Value element) {
        elements.add(element);
        sorted = false;
        return this;
    }

    /** Encodes the list as an INTERSECT argument; returns its length or -1 if it does not fit. */
    int encode(final long address) {
        if (!sorted) {
            elements.sort(null);
            sorted = true;
        }
        writer.wrap(address, Limits.INTERSECT_BYTES);
        Value previous = null;
        for (int i = 0; i < elements.size(); i++) {
            final Value element = elements.get(i);
            assert previous == null || previous.compareTo(element) <= 0 : i;
            if (previous == null || !element.equals(previous)) {
                if (writer.remaining() < element.canonicalLength() + 3) {
                    return -1;
                }
                assert element.canonicalLength() <= 1 + Limits.VALUE_BYTES : element.canonicalLength();
                writer.writeVarint(element.canonicalLength());
                writer.writeBytes(element.canonical(), element.canonicalLength());
                Reference.reachabilityFence(element);
            }
            previous = element;
        }
        return (int) (writer.position() - address);
    }

    /** Bytes of scratch memory that {@link #encode} needs. */
    static long newScratch() {
        return UnsafeApi.allocateMemory(Limits.INTERSECT_BYTES);
    }
}
