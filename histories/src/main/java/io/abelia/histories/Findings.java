package io.abelia.histories;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads that returned too little, of which the one that is shortest to explain is explained, and cycles. One thread. */
final class Findings {
    /** More findings than this are not looked through for the best one. */
    private static final int MAX_FINDINGS = 200;

    /** Transactions that are quoted in full. */
    private static final int MAX_QUOTED = 8;

    private final OrderGraph graph;
    private final History history;
    private final List<Finding> findings = new ArrayList<>();

    /** A read that lacks a write which comes before it. */
    private record Finding(int read, int reader, int overwritten, int lacking) {}

    /** Findings over the order in which a reader has to see what comes before it. */
    Findings(final OrderGraph graph) {
        this.graph = graph;
        this.history = graph.history();
    }

    /** A read returned a write although another write, which comes after that one, comes before the reader. */
    void overwritten(final int read, final int reader, final int returned, final int newer) {
        if (findings.size() < MAX_FINDINGS) {
            findings.add(new Finding(read, reader, returned, newer));
        }
    }

    /** A read lacks a write that comes before the reader, and nothing that it returned can have replaced it. */
    void missing(final int read, final int reader, final int lacking) {
        overwritten(read, reader, History.NOWHERE, lacking);
    }

    boolean isEmpty() {
        return findings.isEmpty();
    }

    /** The finding with the shortest explanation, or null. */
    @Nullable
    Anomaly best() {
        @Nullable Finding best = null;
        int shortest = Integer.MAX_VALUE;
        for (final Finding finding : findings) {
            // of two findings of one length, that of the transaction that went wrong comes before those of its readers
            final int length = isMultiple(finding)
                    ? 2 * graph.path(finding.overwritten(), finding.lacking()).size() + 1
                    : 2 * graph.path(finding.lacking(), finding.reader()).size();
            if (length < shortest) {
                best = finding;
                shortest = length;
            }
        }
        if (best == null) {
            return null;
        }
        return isMultiple(best) ? explainMultiple(best) : explain(best);
    }

    /** Whether a read returned both the newer write and the one that it should have replaced. */
    private boolean isMultiple(final Finding finding) {
        return history.readsFrom(finding.read(), finding.lacking());
    }

    private Anomaly explain(final Finding finding) {
        final String reader = history.name(finding.reader());
        final String lacking = history.name(finding.lacking());
        final List<Step> toReader = graph.path(finding.lacking(), finding.reader());
        final List<Step> toLacking = finding.overwritten() == History.NOWHERE
                ? List.of()
                : graph.path(finding.overwritten(), finding.lacking());
        String text = "  " + reader + " reads " + source(finding.read()) + ", not from " + lacking;
        text += "\n  " + lacking + " comes before " + reader + ": " + describe(toReader);
        if (!toLacking.isEmpty()) {
            text += "\n  " + lacking + " is newer than " + history.name(finding.overwritten()) + ": "
                    + describe(toLacking);
        } else if (history.writerCount(finding.read()) > 0) {
            text += "\n  nothing that was read has seen " + lacking;
        }
        final List<Step> all =
                Stream.concat(toLacking.stream(), toReader.stream()).toList();
        return new Anomaly(kind(toReader, toLacking), text + quote(finding.reader(), all));
    }

    private Anomaly explainMultiple(final Finding finding) {
        final List<Step> path = graph.path(finding.overwritten(), finding.lacking());
        final String text = "  " + history.name(finding.reader()) + " reads " + source(finding.read()) + "\n  "
                + history.name(finding.lacking()) + " replaces " + history.name(finding.overwritten())
                + ", which comes before it: " + describe(path) + quote(finding.reader(), path);
        // who has read what it replaces did replace it; else its snapshot may have lacked it
        final boolean hasRead = history.externalReadOf(finding.lacking(), history.key(finding.read())) >= 0;
        return new Anomaly(hasRead ? Anomaly.Kind.REPLACED_WRITE : kind(path, path), text);
    }

    private String source(final int read) {
        return history.writerCount(read) == 0
                ? "nothing in key " + history.key(read)
                : "key " + history.key(read) + " from " + HistoryText.from(history, read);
    }

    /** The guarantee that broke, by the way from the write that is missing to the transaction that lacks it. */
    private static Anomaly.Kind kind(final List<Step> path, final List<Step> reason) {
        if (reason.stream().anyMatch(Step::isForced)) {
            return Anomaly.Kind.CONFLICTING_ORDERS;
        }
        final String way = path.stream()
                .map(step -> step.isSessionOrder() ? "session" : step.isWriteRead() ? "read" : "rule")
                .collect(Collectors.joining(" "));
        return switch (way) {
            case "read" -> Anomaly.Kind.FRACTURED_READ;
            case "session" -> Anomaly.Kind.READ_YOUR_WRITES;
            case "read session" -> Anomaly.Kind.MONOTONIC_READS;
            case "session read" -> Anomaly.Kind.MONOTONIC_WRITES;
            case "read session read" -> Anomaly.Kind.WRITES_FOLLOW_READS;
            default -> Anomaly.Kind.LOST_CAUSALITY;
        };
    }

    /** Explains a short cycle of a graph. */
    static Anomaly cycle(final OrderGraph graph) {
        final List<Step> cycle = graph.cycle();
        final Findings findings = new Findings(graph);
        final String text =
                "  " + findings.describe(cycle) + findings.quote(cycle.get(0).from(), cycle);
        final boolean forced = cycle.stream().anyMatch(Step::isForced);
        return new Anomaly(forced ? Anomaly.Kind.CONFLICTING_ORDERS : Anomaly.Kind.CAUSALITY_CYCLE, text);
    }

    private String describe(final List<Step> path) {
        final StringBuilder text = new StringBuilder();
        for (final Step step : path) {
            text.append(history.name(step.from())).append(" --");
            if (step.isSessionOrder()) {
                text.append("same session");
            } else if (step.isWriteRead()) {
                text.append("key ").append(step.key()).append(" is read");
            } else {
                text.append("since ")
                        .append(history.name(step.reader()))
                        .append(" reads key ")
                        .append(step.key());
                text.append(" from ").append(history.name(step.to())).append(" and not from the former");
            }
            text.append("--> ");
        }
        return path.isEmpty()
                ? ""
                : text + history.name(path.get(path.size() - 1).to());
    }

    private String quote(final int reader, final List<Step> steps) {
        final IntStream onTheWay = steps.stream()
                .flatMapToInt(step -> step.isForced()
                        ? IntStream.of(step.from(), step.to(), step.reader())
                        : IntStream.of(step.from(), step.to()));
        return IntStream.concat(IntStream.of(reader), onTheWay)
                .distinct()
                .limit(MAX_QUOTED)
                .sorted()
                .mapToObj(t -> "\n  transaction " + history.name(t) + ": " + HistoryText.line(history, t))
                .collect(Collectors.joining());
    }
}
