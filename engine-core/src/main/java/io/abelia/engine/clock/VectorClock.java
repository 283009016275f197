package io.abelia.engine.clock;

import java.util.Arrays;
import java.util.function.BiConsumer;

/**
 * An immutable vector clock: per origin the highest seq (Fidge, Mattern 1988). For application code, tokens, tools and what nodes
 * tell each other; what is applied and committed keeps its clocks outside the heap. Two ascending arrays, so that comparing and
 * merging are one walk over both, and a merge that brings nothing new allocates nothing.
 */
public final class VectorClock {
    /** How two clocks relate. */
    public enum Order {
        BEFORE,
        AFTER,
        EQUAL,
        CONCURRENT
    }

    private static final VectorClock EMPTY = new VectorClock(new long[0], new long[0]);

    private final long[] origins;
    private final long[] seqs;

    private VectorClock(final long[] origins, final long[] seqs) {
        assert origins.length == seqs.length : seqs.length;
        assert isAscending(origins, seqs);
        this.origins = origins;
        this.seqs = seqs;
    }

    private static boolean isAscending(final long[] origins, final long[] seqs) {
        for (int i = 0; i < origins.length; i++) {
            if (seqs[i] <= 0 || i > 0 && origins[i - 1] >= origins[i]) {
                return false;
            }
        }
        return true;
    }

    public static VectorClock empty() {
        return EMPTY;
    }

    public static Builder builder() {
        return new Builder(Builder.FIRST_CAPACITY);
    }

    /** Highest seq of an origin, 0 where the clock has none. */
    public long get(final long origin) {
        final int index = Arrays.binarySearch(origins, origin);
        return index < 0 ? 0 : seqs[index];
    }

    public int size() {
        return origins.length;
    }

    /** Visits (origin, seq) in ascending order of the origin as a signed number. */
    public void forEach(final BiConsumer<Long, Long> visitor) {
        for (int i = 0; i < origins.length; i++) {
            visitor.accept(origins[i], seqs[i]);
        }
    }

    /** Whether every entry of the other clock is at most this one's. */
    public boolean covers(final VectorClock other) {
        int i = 0;
        for (int j = 0; j < other.origins.length; j++) {
            while (i < origins.length && origins[i] < other.origins[j]) {
                i++;
            }
            if (i == origins.length || origins[i] != other.origins[j] || seqs[i] < other.seqs[j]) {
                return false;
            }
        }
        return true;
    }

    /** How this clock relates to another. */
    public Order compare(final VectorClock other) {
        final boolean covers = covers(other);
        final boolean covered = other.covers(this);
        if (covers) {
            return covered ? Order.EQUAL : Order.AFTER;
        }
        return covered ? Order.BEFORE : Order.CONCURRENT;
    }

    /** The least clock that covers both. */
    public VectorClock merge(final VectorClock other) {
        if (covers(other)) {
            return this;
        }
        final Builder builder = new Builder(origins.length + other.origins.length);
        int i = 0;
        int j = 0;
        while (i < origins.length || j < other.origins.length) {
            if (j == other.origins.length || i < origins.length && origins[i] < other.origins[j]) {
                builder.put(origins[i], seqs[i++]);
            } else if (i == origins.length || origins[i] > other.origins[j]) {
                builder.put(other.origins[j], other.seqs[j++]);
            } else {
                builder.put(origins[i], Math.max(seqs[i++], other.seqs[j++]));
            }
        }
        return builder.build();
    }

    /** The entry-wise least of both: what both contain. */
    public VectorClock least(final VectorClock other) {
        if (other.covers(this)) {
            return this;
        }
        final Builder builder = new Builder(origins.length);
        int j = 0;
        for (int i = 0; i < origins.length; i++) {
            while (j < other.origins.length && other.origins[j] < origins[i]) {
                j++;
            }
            if (j < other.origins.length && other.origins[j] == origins[i]) {
                builder.put(origins[i], Math.min(seqs[i], other.seqs[j]));
            }
        }
        return builder.build();
    }

    /** JSON object from origins (16 hexadecimal digits) to seqs, sorted by origin. */
    public String toJson() {
        final StringBuilder json = new StringBuilder("{");
        for (int i = 0; i < origins.length; i++) {
            json.append(i > 0 ? ",\"" : "\"")
                    .append(originName(origins[i]))
                    .append("\":")
                    .append(seqs[i]);
        }
        return json.append('}').toString();
    }

    /**
     * Reads what {@link #toJson} wrote; white space is allowed.
     *
     * @throws IllegalArgumentException with the offending part, if it is anything else
     */
    public static VectorClock parseJson(final String json) {
        final String text = json.strip();
        if (text.length() < 2 || text.charAt(0) != '{' || text.charAt(text.length() - 1) != '}') {
            throw new IllegalArgumentException("a clock is a JSON object like {\"00000000000000a1\":7}, not: " + text);
        }
        final Builder builder = builder();
        final String body = text.substring(1, text.length() - 1).strip();
        if (!body.isEmpty()) {
            for (final String part : body.split(",", -1)) {
                parseEntry(builder, part.strip());
            }
        }
        return builder.build();
    }

    private static void parseEntry(final Builder builder, final String entry) {
        final int colon = entry.indexOf(':');
        final String name = colon < 0 ? "" : entry.substring(0, colon).strip();
        try {
            if (name.length() != 18 || name.charAt(0) != '"' || name.charAt(17) != '"') {
                throw new NumberFormatException(name);
            }
            final long seq = Long.parseLong(entry.substring(colon + 1).strip());
            if (seq < 0) {
                throw new NumberFormatException(entry);
            }
            builder.put(Long.parseUnsignedLong(name.substring(1, 17), 16), seq);
        } catch (final NumberFormatException e) {
            throw new IllegalArgumentException("clock entry is not \"16 hex digits\":number: " + entry, e);
        }
    }

    /** How an origin is written everywhere: 16 hexadecimal digits. */
    public static String originName(final long origin) {
        final String hex = Long.toHexString(origin);
        return "0".repeat(16 - hex.length()) + hex;
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof VectorClock clock
                && Arrays.equals(origins, clock.origins)
                && Arrays.equals(seqs, clock.seqs);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(origins) + Arrays.hashCode(seqs);
    }

    @Override
    public String toString() {
        return toJson();
    }

    /** Collects entries; zero entries are left out, so equal clocks are equal objects. */
    public static final class Builder {
        private static final int FIRST_CAPACITY = 8;

        private long[] origins;
        private long[] seqs;
        private int size;

        private Builder(final int capacity) {
            origins = new long[capacity];
            seqs = new long[capacity];
        }

        /** Sets an origin's entry; cheapest in ascending order of the origins as signed numbers. */
        public Builder put(final long origin, final long seq) {
            if (seq < 0) {
                throw new IllegalArgumentException("seq " + seq + " of origin " + originName(origin));
            }
            if (seq > 0) {
                final int found = size == 0 || origins[size - 1] < origin
                        ? -size - 1
                        : Arrays.binarySearch(origins, 0, size, origin);
                if (found < 0) {
                    insert(-found - 1, origin);
                }
                seqs[found < 0 ? -found - 1 : found] = seq;
            }
            return this;
        }

        private void insert(final int index, final long origin) {
            assert index >= 0 && index <= size : index;
            if (size == origins.length) {
                final int capacity = Math.max(FIRST_CAPACITY, 2 * size);
                origins = Arrays.copyOf(origins, capacity);
                seqs = Arrays.copyOf(seqs, capacity);
            }
            System.arraycopy(origins, index, origins, index + 1, size - index);
            System.arraycopy(seqs, index, seqs, index + 1, size - index);
            origins[index] = origin;
            size++;
            assert index == 0 || origins[index - 1] < origin : index;
            assert index == size - 1 || origins[index + 1] > origin : index;
        }

        public VectorClock build() {
            return size == 0 ? EMPTY : new VectorClock(Arrays.copyOf(origins, size), Arrays.copyOf(seqs, size));
        }
    }
}
