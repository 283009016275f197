package io.abelia.engine.replicate;

import io.abelia.engine.codec.ByteReader;
import io.abelia.engine.codec.ByteWriter;
import java.io.IOException;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Agreement on who belongs to the group: one sequence of epochs, each decided by a strict majority of the members of the one before, so
 * that two halves of a group cannot remove each other (for each epoch, single-decree Paxos, Lamport 1998). Commits never wait for it.
 * What has been decided spreads with heartbeats.
 *
 * <p>A removed node is a launch that nobody succeeds (see {@link View}): whoever has adopted the epoch drops what comes from it, and its
 * reports of stability count only among nodes that have adopted it. So what a member which has not heard of the epoch still takes from
 * the removed node, and passes on, is delivered soundly.
 */
final class Membership {
    private static final int PREPARE = 1;
    private static final int PROMISE = 2;
    private static final int ACCEPT = 3;
    private static final int ACCEPTED = 4;
    private static final long RETRY_NS = 300_000_000L;
    private static final int MAX_CANDIDATES = 64;
    /** Time for a node that was admitted to be heard as a member, before the next one is admitted. */
    private static final long ADMISSION_NS = 200_000_000L;

    private static final long CANDIDATE_NS = 3_000_000_000L;

    /** What members that are heard are like, as the replica knows. */
    interface Heard {
        /** Whether a node takes part in agreements and has been heard lately. */
        boolean votes(long node);

        /** Whether such a node, this one included, has joined: it tells joiners what they must have caught up with. */
        boolean guides(long node);

        /** Whether a node, this one included, is heard from the directory that was admitted, which is another one. */
        boolean livesElsewhere(long node, long incarnation);

        /** Whether somebody who was admitted has not joined yet. */
        boolean someoneJoins();
    }

    private record Candidate(long incarnation, long heardNs) {}

    private final long node;
    private final Acceptor acceptor;
    private final MessageWriter writer;
    private final Transport transport;
    private final boolean open;
    private final TreeMap<Long, Candidate> candidates = new TreeMap<>();
    private final SortedSet<Long> promises = new TreeSet<>();
    private final SortedSet<Long> votes = new TreeSet<>();
    private final TreeSet<Long> removals = new TreeSet<>();
    private Epoch.@Nullable Change wanted;
    /** Whether it is wanted only to find out what came of it. */
    private boolean isAgain;

    private Epoch.@Nullable Change chosen;
    private Ballot ballot = Ballot.NONE;
    private Ballot highest = Ballot.NONE;
    private long seenRound;
    private long triedNs;
    private long admittedNs = Long.MIN_VALUE / 2;

    Membership(
            final long node,
            final Acceptor acceptor,
            final MessageWriter writer,
            final Transport transport,
            final boolean open) {
        this.node = node;
        this.acceptor = acceptor;
        this.writer = writer;
        this.transport = transport;
        this.open = open;
    }

    Epoch epoch() {
        return acceptor.epoch();
    }

    /** Whether anybody belongs to the group, and nothing is ever stable. */
    boolean isOpen() {
        return open;
    }

    boolean includes(final long other) {
        return open || epoch().includes(other);
    }

    /** Members but for this node. */
    long[] others() {
        return epoch().members().stream()
                .mapToLong(Long::longValue)
                .filter(other -> other != node)
                .toArray();
    }

    boolean isMember() {
        return epoch().includes(node);
    }

    /** Whether this node may take what others have: members ask it what that is, before they give a launch up. */
    boolean takes() {
        return open || isMember();
    }

    boolean isRemoved() {
        return epoch().hasRemoved(node);
    }

    boolean votes() {
        return acceptor.votes();
    }

    /** Whether a change that was asked for here is not decided yet. */
    boolean isChanging() {
        return wanted != null || !removals.isEmpty();
    }

    /** Founds a group, unless one has been heard. */
    void found(final long group) throws IOException {
        if (epoch().incarnations().isEmpty()) {
            acceptor.found(group);
        }
    }

    // ---- asking for changes

    /**
     * Asks for a change, until it is decided or has become void.
     *
     * @throws IllegalArgumentException if it would not be one
     */
    void want(final Epoch.Change change) {
        if (epoch().refuses(change)) {
            throw new IllegalArgumentException("node " + change.node() + " cannot be changed by " + change.kind()
                    + ": members are " + epoch().members() + ", removed " + epoch().removed());
        }
        if (change.kind() == Epoch.Kind.REMOVE) {
            removals.add(change.node());
        } else if (wanted == null) {
            wanted = change;
            triedNs = Long.MIN_VALUE;
        }
    }

    /** Asks that this node's launch be the heir of all earlier ones of the node, unless something else is being agreed. */
    void succeed(final long origin) throws IOException {
        final Epoch.Change change = Epoch.Change.succeed(node, origin);
        if (!open && wanted == null && !epoch().refuses(change)) {
            acceptor.ask();
            want(change);
        }
    }

    /** A change that this node alone decides, on the word of an operator who knows that no other can: of two nodes one is gone. */
    void force(final Epoch.Change change) throws IOException {
        if (epoch().refuses(change)) {
            want(change); // says why
        }
        assert !epoch().refuses(change) : change;
        adopt(epoch().after(change));
    }

    /** Notes a node that was heard, which asks to be admitted unless this incarnation of it has been. */
    void heard(final long other, final long incarnation, final long nowNs) {
        assert other != node : other;
        if (!epoch().isVoter(other, incarnation)
                && !epoch().hasRemoved(other)
                && (candidates.size() < MAX_CANDIDATES || candidates.containsKey(other))) {
            candidates.put(other, new Candidate(incarnation, nowNs));
            assert candidates.size() <= MAX_CANDIDATES : candidates.size();
        }
    }

    /**
     * Goes on with what is wanted; the least member that may vote and is heard admits candidates, one after the other: who joins needs half of
     * the members to have joined before. So nobody is admitted who would have to wait for another that has not joined: two of them would
     * wait for each other.
     */
    int doWork(final long nowNs, final Heard heard) throws IOException {
        candidates.values().removeIf(candidate -> nowNs - candidate.heardNs() > CANDIDATE_NS);
        if (open || !epoch().includes(node)) {
            return 0;
        }
        final Epoch.Change change = wanted;
        if (change != null && (epoch().refuses(change) || !isAgain && isTaken(change, heard))) {
            wanted = null;
        }
        removals.removeIf(other -> epoch().refuses(Epoch.Change.remove(other)));
        if (wanted == null && !removals.isEmpty()) {
            wanted = Epoch.Change.remove(removals.first());
            triedNs = Long.MIN_VALUE;
        }
        proposeAgain(nowNs);
        if (wanted == null
                && !candidates.isEmpty()
                && !heard.someoneJoins()
                && nowNs - admittedNs >= ADMISSION_NS
                && leads(heard)) {
            final Map.Entry<Long, Candidate> first = candidates.firstEntry();
            final Epoch.Change admission =
                    Epoch.Change.add(first.getKey(), first.getValue().incarnation());
            if (epoch().refuses(admission) || isTaken(admission, heard)) {
                candidates.pollFirstEntry();
            } else if (canGuide(first.getKey(), epoch().after(admission), heard)) {
                candidates.pollFirstEntry();
                admittedNs = nowNs;
                want(admission);
            }
        }
        if (wanted == null || !votes() || triedNs != Long.MIN_VALUE && nowNs - triedNs < retryNs()) {
            return 0;
        }
        assert !epoch().refuses(wanted) : wanted;
        triedNs = nowNs;
        ballot = new Ballot(Math.max(seenRound, acceptor.promised().round()) + 1, node);
        // behind the last round, which a peer may tell of, there is none
        assert ballot.compareTo(acceptor.promised()) > 0 || ballot.round() == Long.MIN_VALUE : ballot;
        highest = Ballot.NONE;
        chosen = null;
        promises.clear();
        votes.clear();
        tell(0, PREPARE, ballot, Ballot.NONE, null);
        onPrepare(node, ballot);
        return 1;
    }

    /**
     * Whoever proposed what was accepted here may be gone: to find out what came of it, it is proposed again, in this epoch only. What a launch
     * asked for to be heir must not be decided later than it remembers.
     */
    private void proposeAgain(final long nowNs) {
        final Epoch.Change accepted = acceptor.change();
        if (wanted == null && accepted != null && acceptor.isUndecided() && votes() && !epoch().refuses(accepted)) {
            wanted = accepted;
            isAgain = true;
            triedNs = nowNs;
        }
    }

    /** Whether so many have joined that one who is admitted can join without waiting for anybody else to. */
    private static boolean canGuide(final long candidate, final Epoch after, final Heard heard) {
        return after.members().stream()
                        .filter(member -> member != candidate && heard.guides(member))
                        .count()
                >= after.guidesToJoin();
    }

    /** Whether a change gives the number of a living member to another directory, which no majority may do. */
    private static boolean isTaken(final Epoch.Change change, final Heard heard) {
        return change.kind() == Epoch.Kind.ADD && heard.livesElsewhere(change.node(), change.number());
    }

    private boolean leads(final Heard heard) {
        for (final long member : epoch().members()) {
            if (member == node) {
                return votes();
            }
            if (heard.votes(member)) {
                return false;
            }
        }
        return false;
    }

    /** Proposers that compete try again after different times. */
    private long retryNs() {
        return RETRY_NS + RETRY_NS / 3 * epoch().members().headSet(node).size();
    }

    // ---- agreement

    /** Takes a message of the agreement; returns whether an epoch was decided by it. */
    boolean onMessage(final long from, final ByteReader reader, final Heard heard) throws IOException {
        final int step = reader.readUnsignedByte();
        final long number = reader.readVarint();
        final Ballot of = readBallot(reader);
        final Ballot accepted = readBallot(reader);
        final Epoch.Kind kind = Epoch.Kind.of(reader.readUnsignedByte());
        final Epoch.Change change = new Epoch.Change(kind, reader.readLong(), reader.readLong());
        final Epoch.Change value = kind == Epoch.Kind.NONE ? null : change;
        if (open || number != epoch().number() || !epoch().includes(from) || !votes()) {
            return false;
        }
        if (value != null && epoch().refuses(value)) {
            return false; // nobody who follows the protocol proposes it
        }
        if (step == ACCEPT && value != null && isTaken(value, heard)) {
            return false;
        }
        seenRound = Math.max(seenRound, of.round());
        final long before = epoch().number();
        switch (step) {
            case PREPARE -> onPrepare(from, of);
            case PROMISE -> onPromise(from, of, accepted, value);
            case ACCEPT -> {
                if (value != null) {
                    onAccept(from, of, value);
                }
            }
            case ACCEPTED -> onAccepted(from, of);
            default -> {
                return false; // of a later version
            }
        }
        assert epoch().number() >= before : epoch();
        return epoch().number() != before;
    }

    private static Ballot readBallot(final ByteReader reader) {
        return new Ballot(reader.readVarint(), reader.readLong());
    }

    private void tell(
            final long to, final int step, final Ballot of, final Ballot accepted, final Epoch.@Nullable Change value) {
        assert value == null || value.kind() != Epoch.Kind.NONE : value;
        assert value != null || step != ACCEPT : of;
        final ByteWriter out = writer.begin(Message.MEMBERSHIP);
        out.writeByte(step);
        out.writeVarint(epoch().number());
        write(out, of);
        write(out, accepted);
        out.writeByte(value == null ? 0 : value.kind().code());
        out.writeLong(value == null ? 0 : value.node());
        out.writeLong(value == null ? 0 : value.number());
        if (step == PREPARE || step == ACCEPT) {
            writer.broadcast(transport);
        } else {
            writer.send(transport, to);
        }
    }

    private static void write(final ByteWriter out, final Ballot of) {
        out.writeVarint(of.round());
        out.writeLong(of.node());
    }

    private void onPrepare(final long from, final Ballot of) throws IOException {
        if (of.compareTo(acceptor.promised()) > 0) {
            acceptor.promise(of);
        }
        assert acceptor.promised().compareTo(of) >= 0 : of;
        // of a ballot that has been overridden, the answer tells by which
        if (from == node) {
            onPromise(node, acceptor.promised(), acceptor.accepted(), acceptor.change());
        } else {
            tell(from, PROMISE, acceptor.promised(), acceptor.accepted(), acceptor.change());
        }
    }

    private void onPromise(final long from, final Ballot of, final Ballot accepted, final Epoch.@Nullable Change value)
            throws IOException {
        if (wanted == null || !of.equals(ballot) || promises.size() >= epoch().majority()) {
            return;
        }
        assert epoch().includes(from) : from;
        promises.add(from);
        assert promises.size() <= epoch().majority() : promises;
        if (value != null && accepted.compareTo(highest) > 0) {
            highest = accepted;
            chosen = value;
        }
        if (promises.size() >= epoch().majority()) {
            final Epoch.Change proposed = chosen == null ? wanted : chosen;
            chosen = proposed;
            tell(0, ACCEPT, ballot, Ballot.NONE, proposed);
            onAccept(node, ballot, proposed);
        }
    }

    private void onAccept(final long from, final Ballot of, final Epoch.Change value) throws IOException {
        if (of.compareTo(acceptor.promised()) < 0) {
            return;
        }
        acceptor.accept(of, value);
        if (from == node) {
            onAccepted(node, of);
        } else {
            tell(from, ACCEPTED, of, Ballot.NONE, null);
        }
    }

    private void onAccepted(final long from, final Ballot of) throws IOException {
        final Epoch.Change value = chosen;
        if (value == null || !of.equals(ballot) || promises.size() < epoch().majority()) {
            return;
        }
        assert epoch().includes(from) : from;
        votes.add(from);
        if (votes.size() >= epoch().majority()) {
            adopt(epoch().after(value));
        }
    }

    /** Takes an epoch over that was decided elsewhere; returns whether it is new here. */
    boolean adopt(final Epoch next) throws IOException {
        if (open || next.number() < epoch().number() || next.equals(epoch())) {
            return false;
        }
        if (!next.removed().containsAll(epoch().removed())) {
            throw new IOException("epoch " + next.number() + " knows nothing of the removal of " + epoch().removed()
                    + ": two halves of this group parted by force");
        }
        if (next.number() == epoch().number() && !epoch().incarnations().isEmpty()) {
            throw new IOException(
                    "two halves of this group removed each other by force: epoch " + next.number() + " has members "
                            + epoch().members() + " here and " + next.members()
                            + " elsewhere. Wipe the nodes of one half and let them join the other");
        }
        acceptor.adopt(next);
        final Epoch.Change change = wanted;
        if (change != null && (isAgain || next.refuses(change))) {
            wanted = null;
        }
        assert wanted == null || !next.refuses(wanted) : wanted;
        isAgain = false;
        ballot = Ballot.NONE;
        chosen = null;
        triedNs = Long.MIN_VALUE;
        return true;
    }
}
