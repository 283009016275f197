package io.abelia.coordination;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Whether transactions on registers are strictly serializable in the order of the positions that they were told: each reads what the last one
 * before it wrote, and whoever returned before another was called has no greater position. A transaction that writes nothing has the
 * position of the last one that it saw. What transactions of unknown outcome wrote is left out.
 */
final class StrictOrder {
    /**
     * A committed transaction.
     *
     * @param position how many that wrote there had been, this one included
     * @param reads the value that it read by key, {@link #ABSENT} if there was none
     * @param writes the value that it wrote by key
     */
    record Committed(
            long position, Map<Integer, Long> reads, Map<Integer, Long> writes, long calledNs, long returnedNs) {}

    static final long ABSENT = 0;

    private final Map<Integer, TreeMap<Long, Long>> valuesByPosition = new HashMap<>();
    private final Map<Long, Long> positions = new HashMap<>();
    private final List<Committed> writers;

    private StrictOrder(final Collection<Committed> history) {
        writers = history.stream().filter(each -> !each.writes().isEmpty()).toList();
        for (final Committed writer : writers) {
            writer.writes().forEach((key, value) -> {
                valuesByPosition.computeIfAbsent(key, k -> new TreeMap<>()).put(writer.position(), value);
                positions.put(value, writer.position());
            });
        }
    }

    /** What contradicts the order, in words; nothing if it explains the history. */
    static List<String> problems(final Collection<Committed> history) {
        final StrictOrder order = new StrictOrder(history);
        final List<String> problems = new ArrayList<>();
        for (final Committed each : history) {
            final String problem = order.problem(each);
            if (problem != null) {
                problems.add(problem + ": " + each);
            }
        }
        return problems;
    }

    private @Nullable String problem(final Committed transaction) {
        // it belongs behind whoever has position "from", and before whoever has position "to"
        long from = 0;
        long to = Long.MAX_VALUE;
        for (final Committed writer : writers) {
            if (writer.returnedNs() < transaction.calledNs()) {
                from = Math.max(from, writer.position());
            } else if (writer.calledNs() > transaction.returnedNs()) {
                to = Math.min(to, writer.position());
            }
        }
        for (final Map.Entry<Integer, Long> read : transaction.reads().entrySet()) {
            final long position = read.getValue() == ABSENT ? 0 : positions.getOrDefault(read.getValue(), -1L);
            if (position >= 0) {
                from = Math.max(from, position);
                final Long next = valuesByPosition
                        .getOrDefault(read.getKey(), new TreeMap<>())
                        .higherKey(position);
                to = next == null ? to : Math.min(to, next);
            }
        }
        final boolean isWriter = !transaction.writes().isEmpty();
        final boolean fits = isWriter
                ? from < transaction.position() && transaction.position() <= to
                : from <= transaction.position() && transaction.position() < to;
        return fits ? null : "position " + transaction.position() + " is not between " + from + " and " + to;
    }
}
