package io.abelia.proofs.simulator;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What a read of a cell must return: a function of the set of transactions, written from the promises of each type alone. */
final class Reference {
    private static final BigInteger TWO_64 = BigInteger.ONE.shiftLeft(64);
    private static final Comparator<Effect> BY_TIME = Comparator.comparingLong((Effect effect) -> effect.by.hybridTime)
            .thenComparingLong(effect -> effect.by.origin)
            .thenComparingLong(effect -> effect.by.seq);

    /** A folded operation and the transaction that it belongs to. */
    private record Effect(Committed by, Change change) {
        boolean covers(final Effect other) {
            return by.observes(other.by);
        }

        String kind() {
            return change.kind();
        }

        Object argument() {
            return change.argument();
        }
    }

    private final CellName cell;
    private final List<Effect> effects = new ArrayList<>();

    private Reference(final CellName cell, final Collection<Committed> transactions) {
        this.cell = cell;
        for (final Committed transaction : transactions) {
            for (final Change change : transaction.effectsOn(cell)) {
                effects.add(new Effect(transaction, change));
            }
        }
    }

    static String read(final CellName cell, final Collection<Committed> transactions) {
        return new Reference(cell, transactions).read();
    }

    /** The effects on a cell, each with what of the others it had observed. */
    static String explain(final CellName cell, final Collection<Committed> transactions) {
        final Reference reference = new Reference(cell, transactions);
        final StringBuilder text = new StringBuilder();
        for (final Effect effect : reference.effects) {
            text.append("\n      ")
                    .append(effect.by)
                    .append(" at ")
                    .append(effect.by.hybridTime)
                    .append(": ");
            text.append(effect.kind()).append(' ').append(effect.argument()).append(", behind");
            reference.effects.stream()
                    .filter(effect::covers)
                    .forEach(other -> text.append(' ').append(other.by));
        }
        return text.toString();
    }

    private List<Effect> of(final String kind) {
        return effects.stream().filter(effect -> effect.kind().equals(kind)).toList();
    }

    private List<Effect> uncovered(final List<Effect> candidates, final Predicate<Effect> by) {
        return candidates.stream()
                .filter(effect -> effects.stream().noneMatch(other -> by.test(other) && other.covers(effect)))
                .toList();
    }

    private String read() {
        return switch (cell.type()) {
            case COUNTER ->
                of("add").stream()
                        .map(effect -> BigInteger.valueOf((Long) effect.argument()))
                        .reduce(BigInteger.ZERO, BigInteger::add)
                        .toString();
            case PRODUCT -> product();
            case DOUBLE_SUM -> doubleSum();
            case MAX, MIN, MAX_DOUBLE, MIN_DOUBLE -> extremum();
            case FLAG_OR -> Boolean.toString(of("flag").stream().anyMatch(effect -> (Boolean) effect.argument()));
            case FLAG_AND -> Boolean.toString(of("flag").stream().allMatch(effect -> (Boolean) effect.argument()));
            case ENABLE_WINS ->
                Boolean.toString(!uncovered(of("enable"), any -> true).isEmpty());
            case DISABLE_WINS ->
                Boolean.toString(!uncovered(of("enable"), any -> true).isEmpty()
                        && uncovered(of("disable"), any -> true).isEmpty());
            case GROW_SET -> {
                final Set<String> elements = new TreeSet<>();
                of("insert").forEach(effect -> elements.add((String) effect.argument()));
                yield elements.toString();
            }
            case INTERSECT_SET -> intersection();
            case ADD_WINS_SET -> observedRemoveSet(true);
            case REMOVE_WINS_SET -> observedRemoveSet(false);
            case MV_REGISTER -> {
                final Set<String> values = new TreeSet<>();
                uncovered(of("write"), any -> true).forEach(effect -> values.add((String) effect.argument()));
                yield values.toString();
            }
            case LWW_REGISTER ->
                uncovered(of("write"), any -> true).stream()
                        .max(BY_TIME)
                        .map(effect -> (String) effect.argument())
                        .orElse("none");
            case FIRST_WRITER_REGISTER -> firstWriter();
            case BOUNDED_COUNTER -> bounded();
            // so few elements choose different registers, and then the estimate is exact when rounded
            case SKETCH ->
                Long.toString(
                        of("count").stream().map(Effect::argument).distinct().count());
        };
    }

    /** What every origin holds: what it released and was given, without what it acquired and gave. */
    private String bounded() {
        final Map<Long, Long> holders = new TreeMap<>();
        for (final Effect effect : effects) {
            if (effect.kind().equals("rights")) {
                holders.merge(effect.by.origin, (Long) effect.argument(), Long::sum);
            } else {
                final List<?> move = (List<?>) effect.argument();
                holders.merge((Long) move.get(0), -(Long) move.get(2), Long::sum);
                holders.merge((Long) move.get(1), (Long) move.get(2), Long::sum);
            }
        }
        holders.values().removeIf(rights -> rights == 0);
        return holders.values().stream().mapToLong(Long::longValue).sum() + " " + holders;
    }

    private String product() {
        final BigInteger product = of("add").stream()
                .map(effect -> BigInteger.valueOf((Long) effect.argument()))
                .reduce(BigInteger.ONE, BigInteger::multiply);
        return product.abs().compareTo(TWO_64) >= 0 ? "overflow" : product.toString();
    }

    /** The workload's doubles are such that the exact sum is a decimal that {@link BigDecimal} rounds like the engine must. */
    private String doubleSum() {
        final List<Double> beyond = of("add").stream()
                .map(effect -> (Double) effect.argument())
                .filter(value -> !Double.isFinite(value))
                .toList();
        if (!beyond.isEmpty()) {
            return Double.toString(
                    beyond.stream().mapToDouble(Double::doubleValue).sum());
        }
        final BigDecimal sum = of("add").stream()
                .map(effect -> new BigDecimal((Double) effect.argument()))
                .reduce(BigDecimal.ZERO, BigDecimal::add);
        return Double.toString(sum.signum() == 0 ? 0.0 : sum.doubleValue());
    }

    private String extremum() {
        final boolean greatest = cell.type().name().startsWith("MAX");
        if (cell.type().name().endsWith("DOUBLE")) {
            final Comparator<Double> order = Double::compare;
            return of("offer").stream()
                    .map(effect -> (Double) effect.argument())
                    .max(greatest ? order : order.reversed())
                    .map(value -> Double.toString(value))
                    .orElse(greatest ? "-Infinity" : "NaN");
        }
        final Comparator<Long> order = Long::compare;
        return of("offer").stream()
                .map(effect -> (Long) effect.argument())
                .max(greatest ? order : order.reversed())
                .map(value -> Long.toString(value))
                .orElse(Long.toString(greatest ? Long.MIN_VALUE : Long.MAX_VALUE));
    }

    private String intersection() {
        @Nullable Set<String> result = null;
        for (final Effect effect : of("intersect")) {
            final List<?> given = (List<?>) effect.argument();
            if (result == null) {
                result = new TreeSet<>();
                for (final Object element : given) {
                    result.add((String) element);
                }
            } else {
                result.removeIf(element -> !given.contains(element));
            }
        }
        return result == null ? "universe" : result.toString();
    }

    private String observedRemoveSet(final boolean addWins) {
        final Set<String> elements = new TreeSet<>();
        for (final Effect insert : of("insert")) {
            final Object element = insert.argument();
            final Predicate<Effect> onElement =
                    effect -> effect.kind().equals("clear") || element.equals(effect.argument());
            final Predicate<Effect> same = effect -> element.equals(effect.argument());
            final boolean inserts = !uncovered(
                            of("insert").stream().filter(same).toList(), onElement)
                    .isEmpty();
            final boolean removes = !uncovered(
                            of("remove").stream().filter(same).toList(), onElement)
                    .isEmpty();
            if (inserts && (addWins || !removes)) {
                elements.add((String) element);
            }
        }
        return elements.toString();
    }

    /**
     * The writes that had observed no standing write: one that observed another is void, unless it also observed a clear of that one. Of
     * those that no clear has observed, the first.
     */
    private String firstWriter() {
        final List<Effect> clears = of("clear");
        final List<Effect> writes = new ArrayList<>(of("write"));
        writes.sort(BY_TIME);
        final List<Effect> standing = new ArrayList<>();
        for (final Effect write : writes) {
            final boolean isVoid = standing.stream()
                    .anyMatch(earlier -> write.covers(earlier)
                            && clears.stream().noneMatch(clear -> clear.covers(earlier) && write.covers(clear)));
            if (!isVoid) {
                standing.add(write);
            }
        }
        return standing.stream()
                .filter(write -> clears.stream().noneMatch(clear -> clear.covers(write)))
                .min(BY_TIME)
                .map(effect -> (String) effect.argument())
                .orElse("none");
    }
}
