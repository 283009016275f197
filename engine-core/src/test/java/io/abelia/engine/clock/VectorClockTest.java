package io.abelia.engine.clock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

class VectorClockTest {
    private static VectorClock clock(final Map<Long, Long> entries) {
        final VectorClock.Builder builder = VectorClock.builder();
        entries.forEach(builder::put);
        return builder.build();
    }

    @Property(tries = 300)
    void shouldMergeToTheLeastClockThatCoversBoth(
            @ForAll @Size(max = 4) final Map<@LongRange(min = 1, max = 4) Long, @LongRange(min = 0, max = 3) Long> a,
            @ForAll @Size(max = 4) final Map<@LongRange(min = 1, max = 4) Long, @LongRange(min = 0, max = 3) Long> b) {
        final VectorClock first = clock(a);
        final VectorClock second = clock(b);
        final VectorClock merged = first.merge(second);
        assertTrue(merged.covers(first) && merged.covers(second));
        assertEquals(merged, second.merge(first));
        merged.forEach((origin, seq) -> assertEquals(Math.max(first.get(origin), second.get(origin)), seq));
        final boolean before = second.covers(first);
        final boolean after = first.covers(second);
        final VectorClock.Order expected = before && after
                ? VectorClock.Order.EQUAL
                : before ? VectorClock.Order.BEFORE : after ? VectorClock.Order.AFTER : VectorClock.Order.CONCURRENT;
        assertEquals(expected, first.compare(second));
    }

    @Property(tries = 300)
    void shouldReadTheJsonThatItWrites(@ForAll @Size(max = 6) final Map<Long, @LongRange(min = 0) Long> entries) {
        final VectorClock clock = clock(entries);
        assertEquals(clock, VectorClock.parseJson(clock.toJson()));
        assertEquals(
                clock,
                VectorClock.parseJson(" " + clock.toJson().replace(",", " , ").replace(":", " : ") + "\n"));
    }

    @Property(tries = 10)
    void shouldRefuseOtherTextNamingIt(@ForAll @LongRange(min = 1, max = 9) final long seq) {
        for (final String text : new String[] {
            "", "[]", "{\"xyz\":" + seq + "}", "{\"00000000000000a1\":-" + seq + "}", "{\"00000000000000a1\"}"
        }) {
            assertThrows(IllegalArgumentException.class, () -> VectorClock.parseJson(text));
        }
    }
}
