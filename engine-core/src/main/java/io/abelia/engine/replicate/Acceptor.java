package io.abelia.engine.replicate;

import io.abelia.engine.Engine;
import io.abelia.engine.clock.VectorClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a node remembers of its group across launches: the epoch, what it promised and accepted for the next one, and its view of
 * launches. Written before anybody is told of it.
 */
final class Acceptor {
    private final Engine engine;
    private final long node;
    private volatile Epoch epoch;
    private Ballot promised = Ballot.NONE;
    private Ballot accepted = Ballot.NONE;
    private Epoch.@Nullable Change change;
    /** 0 in the first directory of a founder; else the first launch's origin: a wiped directory has another one, a copy the same. */
    private long incarnation;
    /** The heir from whose directory this one descends, see {@link Epoch#heirs}. */
    private long line;

    private long born;
    private SortedMap<Long, View.Launch> view = new TreeMap<>();
    private VectorClock stable = VectorClock.empty();
    /** Launches in this directory that asked to be heir, and may have become it without the directory knowing. */
    private final Set<Long> asked = new TreeSet<>();

    /**
     * What the engine's directory remembers; if it remembers nothing, what the configuration says.
     *
     * @throws IllegalStateException if neither says anything, a group cannot be founded or joined with this engine, or it is that of another node
     */
    Acceptor(final Engine engine, final ReplicaContext context) {
        this.engine = engine;
        this.node = context.node();
        final SortedMap<Long, Long> members = new TreeMap<>();
        if (context.entry() == ReplicaContext.Entry.STATIC) {
            Arrays.stream(context.members()).forEach(member -> members.put(member, 0L));
        }
        this.epoch = Epoch.first(0, members);
        this.incarnation = engine.isJoined() ? 0 : engine.origin();
        final String text = engine.membership();
        if (text != null) {
            parse(text);
        } else if (context.entry() == ReplicaContext.Entry.REMEMBERED) {
            throw new IllegalStateException(
                    "node " + node + " was told neither found(group), join() nor members(...), and its"
                            + " directory remembers no group: the first node of a group founds it, the others join");
        } else if (context.entry() == ReplicaContext.Entry.JOIN && engine.isJoined()) {
            throw new IllegalStateException(
                    "this engine has state of its own and belongs to no group: found one with it,"
                            + " or join with an empty directory and launch it as a joiner");
        } else if (context.entry() != ReplicaContext.Entry.OPEN) {
            begin();
        }
    }

    private void begin() {
        try {
            save(epoch, promised, accepted, change);
        } catch (final IOException e) {
            throw new UncheckedIOException("the group's members could not be written down", e);
        }
    }

    /** Founds a group of this node alone. */
    void found(final long group) throws IOException {
        assert epoch.incarnations().isEmpty() : epoch;
        if (!engine.isJoined()) {
            engine.markJoined();
        }
        adopt(Epoch.first(group, new TreeMap<>(Map.of(node, incarnation))));
    }

    long line() {
        return line;
    }

    /** Epoch in which this directory joined its group. */
    long born() {
        return born;
    }

    /** Whether another directory of this node has taken the place of this one. */
    boolean isReplaced() {
        final long heir = epoch.heirs().getOrDefault(node, 0L);
        return !epoch.isOfLine(node, engine.origin(), incarnation, line, born) && !asked.contains(heir);
    }

    /** Notes, before anybody is asked, that this launch asks to be heir. */
    void ask() throws IOException {
        if (!asked.contains(engine.origin())) {
            asked.add(engine.origin());
            try {
                save(epoch, promised, accepted, change);
            } catch (final IOException e) {
                asked.remove(engine.origin());
                throw e;
            }
        }
    }

    /** Notes that this directory has joined the group as it is: it descends from the heir of its node. */
    void enter() throws IOException {
        assert epoch.includes(node) : epoch;
        final long before = line;
        final long bornBefore = born;
        line = epoch.heirs().getOrDefault(node, 0L);
        born = epoch.number();
        try {
            save(epoch, promised, accepted, change);
        } catch (final IOException e) {
            line = before;
            born = bornBefore;
            throw e;
        }
    }

    /** What was called stable here, in earlier launches as well. */
    VectorClock stable() {
        return stable;
    }

    /** Notes what is about to be called stable; on disk on return. */
    void keepStable(final VectorClock newStable) throws IOException {
        assert epoch.includes(node) : epoch;
        final VectorClock before = stable;
        stable = stable.merge(newStable);
        try {
            save(epoch, promised, accepted, change);
        } catch (final IOException e) {
            stable = before;
            throw e;
        }
    }

    /** The view that this directory keeps. */
    SortedMap<Long, View.Launch> view() {
        return view;
    }

    /** Keeps a view; on disk on return. */
    void keep(final SortedMap<Long, View.Launch> newView) throws IOException {
        assert hasGrown(view, newView, node) : view + " becomes " + newView;
        final SortedMap<Long, View.Launch> before = view;
        view = new TreeMap<>(newView);
        try {
            save(epoch, promised, accepted, change);
        } catch (final IOException e) {
            view = before;
            throw e;
        }
    }

    /** Whether a view has lost nothing; the own launch may begin before a time that a peer made up for the last one. */
    private static boolean hasGrown(
            final SortedMap<Long, View.Launch> from, final SortedMap<Long, View.Launch> to, final long own) {
        return from.entrySet().stream().allMatch(entry -> {
            final View.Launch now = to.get(entry.getKey());
            return entry.getKey() == own || now != null && !now.isBefore(entry.getValue());
        });
    }

    long incarnation() {
        return incarnation;
    }

    Epoch epoch() {
        return epoch;
    }

    Ballot promised() {
        return promised;
    }

    Ballot accepted() {
        return accepted;
    }

    Epoch.@Nullable Change change() {
        return change;
    }

    /** Whether it may have taken part in another epoch, with other members, without knowing. */
    boolean isUndecided() {
        final Epoch.Change accepted = change;
        return accepted != null
                && (accepted.kind() == Epoch.Kind.REMOVE
                        || accepted.kind() == Epoch.Kind.ADD && !epoch.includes(accepted.node()));
    }

    boolean votes() {
        return epoch.isVoter(node, incarnation);
    }

    void promise(final Ballot ballot) throws IOException {
        assert votes() : ballot;
        assert ballot.compareTo(promised) > 0 : ballot + " behind " + promised;
        save(epoch, ballot, accepted, change);
        promised = ballot;
    }

    void accept(final Ballot ballot, final Epoch.Change value) throws IOException {
        assert votes() : ballot;
        assert ballot.compareTo(promised) >= 0 : ballot + " behind " + promised;
        assert !epoch.refuses(value) : value;
        save(epoch, ballot, ballot, value);
        promised = ballot;
        accepted = ballot;
        change = value;
    }

    void adopt(final Epoch next) throws IOException {
        assert next.number() >= epoch.number() || epoch.incarnations().isEmpty() : next + " behind " + epoch;
        final long heir = next.heirs().getOrDefault(node, 0L);
        final long lineBefore = line;
        final Set<Long> askedBefore = new TreeSet<>(asked);
        if (asked.remove(heir) || next.isVoter(node, incarnation) && !votes()) {
            line = heir;
        }
        asked.retainAll(
                Set.of(engine.origin())); // what a dead launch asked for can only have been decided in the epoch before
        try {
            save(next, Ballot.NONE, Ballot.NONE, null);
        } catch (final IOException e) {
            line = lineBefore;
            asked.addAll(askedBefore);
            throw e;
        }
        epoch = next;
        promised = Ballot.NONE;
        accepted = Ballot.NONE;
        change = null;
    }

    /** Writes what is to be remembered; only then it is believed. */
    private void save(final Epoch now, final Ballot promise, final Ballot vote, final Epoch.@Nullable Change value)
            throws IOException {
        assert promise.compareTo(vote) >= 0 : vote + " beyond " + promise;
        engine.saveMembership("node " + node + "\nincarnation " + Long.toHexString(incarnation) + "\ngroup "
                + Long.toHexString(now.group()) + "\nepoch " + now.number() + "\nmembers" + names(now.incarnations())
                + "\nremoved" + names(now.successors()) + "\nheirs" + names(now.heirs())
                + "\nadmissions" + names(now.admissions()) + "\nline " + Long.toHexString(line) + "\nborn " + born
                + "\nasked"
                + asked.stream().map(origin -> " " + Long.toHexString(origin)).collect(Collectors.joining())
                + "\npromised " + promise.round() + " " + promise.node()
                + "\naccepted " + vote.round() + " " + vote.node() + "\nchange"
                + (value == null
                        ? ""
                        : " " + value.kind().name().toLowerCase(Locale.ROOT) + " " + value.node() + " "
                                + Long.toHexString(value.number()))
                + "\nview"
                + view.entrySet().stream()
                        .map(entry -> " " + entry.getKey() + "="
                                + Long.toHexString(entry.getValue().origin()) + ":"
                                + entry.getValue().time())
                        .collect(Collectors.joining())
                + "\nstable" + words(stable)
                + "\n");
    }

    private static String words(final VectorClock clock) {
        final StringBuilder words = new StringBuilder();
        clock.forEach((origin, seq) ->
                words.append(' ').append(Long.toHexString(origin)).append(':').append(seq));
        return words.toString();
    }

    private static String names(final SortedMap<Long, Long> members) {
        final StringBuilder names = new StringBuilder();
        members.forEach((member, admitted) ->
                names.append(' ').append(member).append('=').append(Long.toHexString(admitted)));
        return names.toString();
    }

    private void parse(final String text) {
        try {
            final TreeMap<String, List<String>> fields = new TreeMap<>();
            text.lines().forEach(line -> {
                final List<String> words = List.of(line.split(" "));
                fields.put(words.get(0), words.subList(1, words.size()));
            });
            final long owner = Long.parseLong(field(fields, "node").get(0));
            if (owner != node) {
                throw new IllegalStateException("this directory is that of node " + owner + ", not of node " + node
                        + ": give each node a directory of its own, and do not copy them");
            }
            incarnation = Long.parseUnsignedLong(field(fields, "incarnation").get(0), 16);
            epoch = new Epoch(
                    Long.parseUnsignedLong(field(fields, "group").get(0), 16),
                    Long.parseLong(field(fields, "epoch").get(0)),
                    members(field(fields, "members")),
                    members(field(fields, "removed")),
                    members(field(fields, "heirs")),
                    members(field(fields, "admissions")));
            born = Long.parseLong(field(fields, "born").get(0));
            line = Long.parseUnsignedLong(field(fields, "line").get(0), 16);
            field(fields, "asked").forEach(origin -> asked.add(Long.parseUnsignedLong(origin, 16)));
            view = launches(field(fields, "view"));
            stable = clock(field(fields, "stable"));
            promised = ballot(field(fields, "promised"));
            accepted = ballot(field(fields, "accepted"));
            final List<String> value = field(fields, "change");
            change = value.isEmpty()
                    ? null
                    : new Epoch.Change(
                            Epoch.Kind.valueOf(value.get(0).toUpperCase(Locale.ROOT)),
                            Long.parseLong(value.get(1)),
                            Long.parseUnsignedLong(value.get(2), 16));
        } catch (final IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new IllegalStateException("the file MEMBERS of the engine's directory is damaged: " + text, e);
        }
    }

    private static List<String> field(final Map<String, List<String>> fields, final String name) {
        return fields.getOrDefault(name, List.of());
    }

    private static SortedMap<Long, Long> members(final List<String> words) {
        final SortedMap<Long, Long> members = new TreeMap<>();
        for (final String word : words) {
            final int equals = word.indexOf('=');
            members.put(
                    Long.parseLong(word.substring(0, equals)), Long.parseUnsignedLong(word.substring(equals + 1), 16));
        }
        return members;
    }

    private static SortedMap<Long, View.Launch> launches(final List<String> words) {
        final SortedMap<Long, View.Launch> launches = new TreeMap<>();
        for (final String word : words) {
            final int equals = word.indexOf('=');
            final int colon = word.indexOf(':');
            launches.put(
                    Long.parseLong(word.substring(0, equals)),
                    new View.Launch(
                            Long.parseUnsignedLong(word.substring(equals + 1, colon), 16),
                            Long.parseLong(word.substring(colon + 1))));
        }
        return launches;
    }

    private static VectorClock clock(final List<String> words) {
        final VectorClock.Builder clock = VectorClock.builder();
        for (final String word : words) {
            final int colon = word.indexOf(':');
            clock.put(Long.parseUnsignedLong(word.substring(0, colon), 16), Long.parseLong(word.substring(colon + 1)));
        }
        return clock.build();
    }

    private static Ballot ballot(final List<String> words) {
        return new Ballot(Long.parseLong(words.get(0)), Long.parseLong(words.get(1)));
    }
}
