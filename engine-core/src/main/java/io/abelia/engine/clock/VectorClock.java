package io.abelia.engine.clock;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * An immutable vector clock: per origin the highest seq (Fidge, Mattern 1988). For application code, tokens and tools; the
 * engine itself keeps clocks outside the heap.
 */
public final class VectorClock {
    /** How two clocks relate. */
    public enum Order {
        BEFORE,
        AFTER,
        EQUAL,
        CONCURRENT
    }

    private static final VectorClock EMPTY = new VectorClock(new TreeMap<>());

    private final SortedMap<Long, Long> entries;

    private VectorClock(final SortedMap<Long, Long> entries) {
        this.entries = entries;
    }

    public static VectorClock empty() {
        return EMPTY;
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Highest seq of an origin, 0 where the clock has none. */
    public long get(final long origin) {
        return entries.getOrDefault(origin, 0L);
    }

    public int size() {
        return entries.size();
    }

    /** Visits (origin, seq) in ascending order of the origin as a signed number. */
    public void forEach(final BiConsumer<Long, Long> visitor) {
        entries.forEach(visitor);
    }

    /** Whether every entry of the other clock is at most this one's. */
    public boolean covers(final VectorClock other) {
        for (final Map.Entry<Long, Long> entry : other.entries.entrySet()) {
            if (get(entry.getKey()) < entry.getValue()) {
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
        final Builder builder = new Builder();
        entries.forEach(builder::put);
        other.entries.forEach((origin, seq) -> builder.put(origin, Math.max(seq, get(origin))));
        return builder.build();
    }

    /** The entry-wise least of both: what both contain. */
    public VectorClock least(final VectorClock other) {
        final Builder builder = builder();
        entries.forEach((origin, seq) -> builder.put(origin, Math.min(seq, other.get(origin))));
        return builder.build();
    }

    /** JSON object from origins (16 hexadecimal digits) to seqs, sorted by origin. */
    public String toJson() {
        final StringBuilder json = new StringBuilder("{");
        entries.forEach((origin, seq) -> json.append(json.length() > 1 ? "," : "")
                .append('"')
                .append(originName(origin))
                .append("\":")
                .append(seq));
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
        final Builder builder = new Builder();
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
        return other instanceof VectorClock clock && entries.equals(clock.entries);
    }

    @Override
    public int hashCode() {
        return entries.hashCode();
    }

    @Override
    public String toString() {
        return toJson();
    }

    /** Collects entries; zero entries are left out, so equal clocks are equal objects. */
    public static final class Builder {
        private final SortedMap<Long, Long> entries = new TreeMap<>();

        public Builder put(final long origin, final long seq) {
            if (seq < 0) {
                throw new IllegalArgumentException("seq " + seq + " of origin " + originName(origin));
            }
            if (seq > 0) {
                entries.put(origin, seq);
            }
            return this;
        }

        public VectorClock build() {
            return entries.isEmpty() ? EMPTY : new VectorClock(new TreeMap<>(entries));
        }
    }
}
