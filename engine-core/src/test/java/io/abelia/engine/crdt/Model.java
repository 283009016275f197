package io.abelia.engine.crdt;

import io.abelia.engine.clock.VectorClock;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * What reads of a cell must return, as functions of the set of its operations, in plain Java and without a look at the engine's
 * types. Every operation carries its dot, its hybrid time and its observed clock.
 */
final class Model {
    private static final BigInteger TWO_64 = BigInteger.ONE.shiftLeft(64);

    /** One operation. {@code argument} is a Long, Double, Boolean, String, Set or array, by kind. */
    record Op(long origin, long seq, long hybridTime, VectorClock observed, String kind, Object argument) {
        boolean covers(final Op other) {
            return other.seq <= observed.get(other.origin);
        }
    }

    private final List<Op> ops = new ArrayList<>();

    void add(final Op op) {
        ops.add(op);
    }

    private List<Op> of(final String kind) {
        return ops.stream().filter(op -> op.kind.equals(kind)).toList();
    }

    /** Operations that no other one covers that satisfies a condition. */
    private List<Op> uncovered(final List<Op> candidates, final Predicate<Op> by) {
        return candidates.stream()
                .filter(op -> ops.stream().noneMatch(other -> by.test(other) && other.covers(op)))
                .toList();
    }

    BigInteger counter() {
        return of("increment").stream()
                .map(op -> BigInteger.valueOf((Long) op.argument))
                .reduce(BigInteger.ZERO, BigInteger::add);
    }

    /** Rights by origin, of those who hold any; an operation takes from one (0 for nobody) and gives to another. */
    Map<Long, Long> holders() {
        final Map<Long, Long> holders = new TreeMap<>();
        for (final Op op : of("rights")) {
            final long[] move = (long[]) op.argument;
            holders.merge(move[0], -move[2], Long::sum);
            holders.merge(move[1], move[2], Long::sum);
        }
        holders.remove(0L);
        holders.values().removeIf(rights -> rights == 0);
        return holders;
    }

    long distinct() {
        return of("sketch").stream().map(Op::argument).distinct().count();
    }

    /** The product, or null beyond 2^64. Zero absorbs overflow. */
    BigInteger product() {
        final BigInteger product = of("multiply").stream()
                .map(op -> BigInteger.valueOf((Long) op.argument))
                .reduce(BigInteger.ONE, BigInteger::multiply);
        return product.abs().compareTo(TWO_64) >= 0 ? null : product;
    }

    double doubleSum() {
        final List<Double> values =
                of("addDouble").stream().map(op -> (Double) op.argument).toList();
        final boolean positive = values.contains(Double.POSITIVE_INFINITY);
        final boolean negative = values.contains(Double.NEGATIVE_INFINITY);
        if (values.stream().anyMatch(value -> value.isNaN()) || positive && negative) {
            return Double.NaN;
        }
        if (positive || negative) {
            return positive ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
        }
        final BigDecimal sum = values.stream().map(BigDecimal::new).reduce(BigDecimal.ZERO, BigDecimal::add);
        return sum.signum() == 0 ? 0.0 : round(sum);
    }

    /** Rounds an exact sum to the nearest double by its own arithmetic: candidates around a guess, exact distances. */
    private static double round(final BigDecimal exact) {
        double guess = exact.round(new MathContext(20, RoundingMode.HALF_EVEN)).doubleValue();
        if (Double.isInfinite(guess)) {
            guess = Math.copySign(Double.MAX_VALUE, guess);
        }
        double best = Double.NaN;
        BigDecimal bestDistance = null;
        for (final double candidate : new double[] {Math.nextDown(guess), guess, Math.nextUp(guess)}) {
            if (!Double.isInfinite(candidate)) {
                final BigDecimal distance =
                        exact.subtract(new BigDecimal(candidate)).abs();
                final int order = bestDistance == null ? -1 : distance.compareTo(bestDistance);
                if (order < 0 || order == 0 && (Double.doubleToLongBits(candidate) & 1) == 0) {
                    best = candidate;
                    bestDistance = distance;
                }
            }
        }
        final BigDecimal halfStepBeyond =
                new BigDecimal(Double.MAX_VALUE).add(new BigDecimal(Math.ulp(Double.MAX_VALUE) / 2));
        return exact.abs().compareTo(halfStepBeyond) >= 0
                ? Math.copySign(Double.POSITIVE_INFINITY, exact.signum())
                : best == 0.0 ? 0.0 * exact.signum() : best;
    }

    long extremum(final boolean greatest) {
        return of("offer").stream()
                .map(op -> (Long) op.argument)
                .reduce(greatest ? Math::max : Math::min)
                .orElse(greatest ? Long.MIN_VALUE : Long.MAX_VALUE);
    }

    double extremumOfDoubles(final boolean greatest) {
        final Comparator<Double> order = Double::compare;
        return of("offer").stream()
                .map(op -> (Double) op.argument)
                .reduce((a, b) -> order.compare(a, b) >= 0 == greatest ? a : b)
                .orElse(greatest ? Double.NEGATIVE_INFINITY : Double.NaN);
    }

    boolean flag(final boolean or) {
        return or
                ? of("setFlag").stream().anyMatch(op -> (Boolean) op.argument)
                : of("setFlag").stream().allMatch(op -> (Boolean) op.argument);
    }

    /** Enabled: an enable that nothing covers, and for disable-wins no uncovered disable. */
    boolean enabled(final boolean enableWins) {
        final boolean enables = !uncovered(of("enable"), op -> true).isEmpty();
        return enables && (enableWins || uncovered(of("disable"), op -> true).isEmpty());
    }

    Set<String> growSet() {
        final Set<String> elements = new TreeSet<>();
        of("add").forEach(op -> elements.add((String) op.argument));
        return elements;
    }

    /** Null for the universe. */
    Set<String> intersectSet() {
        Set<String> result = null;
        for (final Op op : of("intersect")) {
            @SuppressWarnings("unchecked")
            final Set<String> given = (Set<String>) op.argument;
            if (result == null) {
                result = new TreeSet<>(given);
            } else {
                result.retainAll(given);
            }
        }
        return result;
    }

    Set<String> observedRemoveSet(final boolean addWins) {
        final Set<String> elements = new TreeSet<>();
        for (final Op add : of("add")) {
            final Object element = add.argument;
            final Predicate<Op> onElement = op -> op.kind.equals("clear") || element.equals(op.argument);
            final boolean adds = !uncovered(
                            of("add").stream()
                                    .filter(op -> element.equals(op.argument))
                                    .toList(),
                            onElement)
                    .isEmpty();
            final boolean removes = !uncovered(
                            of("remove").stream()
                                    .filter(op -> element.equals(op.argument))
                                    .toList(),
                            onElement)
                    .isEmpty();
            if (adds && (addWins || !removes)) {
                elements.add((String) element);
            }
        }
        return elements;
    }

    private static final Comparator<Op> LAST_FIRST = Comparator.comparingLong(Op::hybridTime)
            .thenComparingLong(Op::origin)
            .thenComparingLong(Op::seq)
            .reversed();

    /** Values of all writes that nothing covers, greatest first. */
    List<String> register() {
        return uncovered(of("set"), op -> true).stream()
                .sorted(LAST_FIRST)
                .map(op -> (String) op.argument)
                .toList();
    }

    /** Values of the writes that are neither void nor cleared, greatest first. */
    List<String> firstWriter() {
        final List<Op> clears = of("clear");
        final List<Op> standing = new ArrayList<>();
        final List<Op> inCausalOrder = new ArrayList<>(of("set"));
        inCausalOrder.sort(Comparator.comparingLong(Op::hybridTime)
                .thenComparingLong(Op::origin)
                .thenComparingLong(Op::seq));
        for (final Op write : inCausalOrder) {
            final boolean isVoid = standing.stream()
                    .anyMatch(earlier -> write.covers(earlier)
                            && clears.stream().noneMatch(clear -> clear.covers(earlier) && write.covers(clear)));
            if (!isVoid) {
                standing.add(write);
            }
        }
        return standing.stream()
                .filter(write -> clears.stream().noneMatch(clear -> clear.covers(write)))
                .sorted(LAST_FIRST)
                .map(op -> (String) op.argument)
                .toList();
    }
}
