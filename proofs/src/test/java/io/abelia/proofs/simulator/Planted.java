package io.abelia.proofs.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Wrong events, each made out of a trace of real engines: the trace up to it, and it at the end. */
enum Planted {
    /** A record comes from a launch that is known to be dead. */
    DELIVERY_FROM_A_DEAD_LAUNCH {
        @Override
        Optional<List<String>> plant(final List<String> events) {
            return replaceFirst(events, "deliver", Pattern.compile("from \\|-> \\{<<(\\d), ([2-9])>>\\}"), match -> {
                final int dead = Integer.parseInt(match.group(2)) - 1;
                return "from |-> {<<" + match.group(1) + ", " + dead + ">>}";
            });
        }
    },
    /** A record comes that its author has not written yet. */
    DELIVERY_OF_NOTHING {
        @Override
        Optional<List<String>> plant(final List<String> events) {
            return replaceFirst(
                    events,
                    "deliver",
                    Pattern.compile("(dot \\|-> <<\\d, \\d, )(\\d+)>>"),
                    match -> match.group(1) + (Integer.parseInt(match.group(2)) + 50) + ">>");
        }
    },
    /** A launch is adopted that does not exist yet. */
    WRONG_VIEW {
        @Override
        Optional<List<String>> plant(final List<String> events) {
            return replaceFirst(
                    events,
                    "adopt",
                    Pattern.compile("(view \\|-> <<.*)([1-9])>>"),
                    match -> match.group(1) + match.group(2) + "0>>"); // the next one may exist
        }
    },
    /** What is called stable at last is called so at first. */
    WRONG_FRONTIER {
        @Override
        Optional<List<String>> plant(final List<String> events) {
            for (int i = 0; i < events.size(); i++) {
                for (int j = events.size() - 1; j > i && is(events.get(i), "collect", 0); j--) {
                    if (is(events.get(j), "collect", node(events.get(i))) && isDeliveredBetween(events, i, j)) {
                        return Optional.of(until(events, i, events.get(j)));
                    }
                }
            }
            return Optional.empty();
        }

        /** Whether the later frontier holds something that a node gets behind the earlier one: before, that cannot be stable. */
        private boolean isDeliveredBetween(final List<String> events, final int earlier, final int later) {
            final Matcher dots = Pattern.compile("<<\\d+, \\d+, \\d+>>").matcher(events.get(later));
            while (dots.find()) {
                final String dot = dots.group();
                if (events.subList(earlier, later).stream()
                        .anyMatch(event -> is(event, "deliver", 0) && event.contains("dot |-> " + dot))) {
                    return true;
                }
            }
            return false;
        }
    },
    /** Something is reported as stable in a view that is not on disk. */
    REPORT_IN_A_VIEW_THAT_IS_NOT_KEPT {
        @Override
        Optional<List<String>> plant(final List<String> events) {
            for (int i = 0; i < events.size(); i++) {
                if (is(events.get(i), "keep", 0)) {
                    final int node = node(events.get(i));
                    final int report = next(events, i + 1, node);
                    if (report > 0) {
                        final List<String> without = until(events, report, events.get(report));
                        without.remove(i);
                        return Optional.of(without);
                    }
                }
            }
            return Optional.empty();
        }

        /** The first report of something stable in the same view, or 0. */
        private int next(final List<String> events, final int from, final int node) {
            for (int i = from; i < events.size(); i++) {
                final String event = events.get(i);
                if (is(event, "report", node) && !event.contains("stable |-> {}")) {
                    return i;
                }
                if (node(event) == node && !event.matches(".*\"(report|commit|deliver|force|open)\".*")) {
                    return 0;
                }
            }
            return 0;
        }
    },
    /** A record leaves the log before others have reported it. */
    TRUNCATION_BEFORE_REPORTS {
        @Override
        Optional<List<String>> plant(final List<String> events) {
            return insertBehind(events, "force", node -> "[a |-> \"truncate\", n |-> " + node + ", length |-> 1]");
        }
    },
    /** Who has lost its disk commits before it has heard of anything. */
    JOINING_WITHOUT_GUIDES {
        @Override
        Optional<List<String>> plant(final List<String> events) {
            return insertBehind(events, "wipe", node -> "[a |-> \"join\", n |-> " + node + "]");
        }
    },
    /** Who has lost its disk takes records before it has heard of dead launches. */
    HEEDING_WITHOUT_GUIDES {
        @Override
        Optional<List<String>> plant(final List<String> events) {
            return insertBehind(events, "wipe", node -> "[a |-> \"heed\", n |-> " + node + "]");
        }
    },
    /** An epoch is known that nobody has decided. */
    EPOCH_THAT_IS_NOT_DECIDED {
        @Override
        Optional<List<String>> plant(final List<String> events) {
            return replaceFirst(
                    events,
                    "adopt",
                    Pattern.compile("epoch \\|-> (\\d+)"),
                    match -> "epoch |-> " + (Integer.parseInt(match.group(1)) + 1));
        }
    },
    /** A snapshot brings more than its donor has. */
    INSTALLATION_OF_MORE {
        @Override
        Optional<List<String>> plant(final List<String> events) {
            return replaceFirst(
                    events,
                    "install",
                    Pattern.compile("(contained \\|-> \\{<<\\d, \\d, )(\\d+)>>"),
                    match -> match.group(1) + (Integer.parseInt(match.group(2)) + 50) + ">>");
        }
    };

    /** The events up to a wrong one; nothing if there is no place for it. */
    abstract Optional<List<String>> plant(List<String> events);

    private interface Words {
        String of(Matcher match);
    }

    private interface Wrong {
        String by(int node);
    }

    private static Optional<List<String>> replaceFirst(
            final List<String> events, final String action, final Pattern words, final Words others) {
        for (int i = 0; i < events.size(); i++) {
            final Matcher match = words.matcher(events.get(i));
            if (is(events.get(i), action, 0) && match.find()) {
                return Optional.of(until(events, i, match.replaceFirst(others.of(match))));
            }
        }
        return Optional.empty();
    }

    private static Optional<List<String>> insertBehind(
            final List<String> events, final String action, final Wrong wrong) {
        for (int i = 0; i < events.size(); i++) {
            if (is(events.get(i), action, 0)) {
                return Optional.of(until(events, i + 1, wrong.by(node(events.get(i)))));
            }
        }
        return Optional.empty();
    }

    private static List<String> until(final List<String> events, final int end, final String last) {
        final List<String> until = new ArrayList<>(events.subList(0, end));
        until.add(last);
        return until;
    }

    private static boolean is(final String event, final String action, final int node) {
        return event.contains("\"" + action + "\"") && (node == 0 || node(event) == node);
    }

    private static int node(final String event) {
        final int at = event.indexOf("n |-> ");
        return event.charAt(at + "n |-> ".length()) - '0';
    }
}
