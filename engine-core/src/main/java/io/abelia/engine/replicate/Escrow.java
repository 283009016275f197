package io.abelia.engine.replicate;

import io.abelia.engine.Engine;
import io.abelia.engine.apply.Rights;
import io.abelia.engine.apply.RightsShortage;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.ByteReader;
import io.abelia.engine.codec.ByteWriter;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.codec.RightsArgument;
import io.abelia.engine.codec.Utf8;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Brings rights of bounded counters to where they are wanted. A node that lacks some asks those that hold the most; who is asked hands
 * over what is wanted, or half of what it has if that is more (Balegas et al. 2015). Rights of launches that are gone are inherited: those
 * of a node's earlier launches by the current one, those of a removed node by the member that the epoch names.
 *
 * <p>Inheriting is sound when nothing that the dead launch spent can arrive any more, and nobody else inherits. So the heir must be agreed
 * upon in an epoch, which a copy of the directory cannot be beside it; every member must have told that it knows that epoch, and from
 * then on takes nothing from the dead launch; and what the members had then must have been applied here. Until a member that is away has
 * told so, or is removed, the rights stay where they are.
 */
final class Escrow {
    private static final int MAX_WANTS = 256;
    private static final int MAX_GIVEN = 1 << 16;
    private static final long RETRY_NS = 50_000_000L;
    private static final long FORGET_NS = 5_000_000_000L;
    /** A want is served once by each peer within this time: what was given may be on its way. */
    private static final long SERVED_NS = 500_000_000L;
    /** Peers asked at a time. */
    private static final int ASKED = 3;

    /** Which cell, by its names. */
    private record Name(String table, String key, String column) {
        Cell prepare() {
            return Cell.of(CellType.BOUNDED_COUNTER, table, key, column);
        }
    }

    /** Rights that an origin holds, a launch of a node. */
    private record Holder(long origin, long node, long rights) {}

    private static final class Want {
        private final boolean asks;
        private final long sinceNs;
        private long amount;
        private long nextNs;
        private long numberedNs;
        private long number;
        private int turn;

        Want(final boolean asks, final long sinceNs) {
            this.asks = asks;
            this.sinceNs = sinceNs;
            this.numberedNs = sinceNs;
        }
    }

    private final Engine engine;
    private final Membership membership;
    private final MessageWriter writer;
    private final Transport transport;
    private final SortedMap<Long, Peer> peers;
    private final RightsListener listener;
    private final Map<Name, Want> wants = new LinkedHashMap<>();
    /** When a want of a peer was served: requests that are repeated or doubled are served once. */
    private final Map<List<Object>, Long> givenNs = new LinkedHashMap<>();

    Escrow(
            final Engine engine,
            final Membership membership,
            final MessageWriter writer,
            final Transport transport,
            final SortedMap<Long, Peer> peers,
            final @Nullable RightsListener listener) {
        this.engine = engine;
        this.membership = membership;
        this.writer = writer;
        this.transport = transport;
        this.peers = peers;
        this.listener = listener == null ? (cell, moves) -> {} : listener;
    }

    int doWork(final long nowNs, final long ownNode) throws IOException {
        for (RightsShortage next = poll(); next != null; next = poll()) {
            want(new Name(next.table(), next.key(), next.column()), next.wanted(), true, nowNs);
        }
        if (wants.isEmpty()) {
            return 0;
        }
        wants.values().removeIf(want -> nowNs - want.sinceNs > FORGET_NS);
        int work = 0;
        for (final Map.Entry<Name, Want> entry : List.copyOf(wants.entrySet())) {
            final Want want = entry.getValue();
            if (nowNs - want.nextNs >= 0) {
                want.nextNs = nowNs + RETRY_NS;
                if (nowNs - want.numberedNs > SERVED_NS) { // whoever served it may have had too little
                    want.number = engine.numbers().incrementAndGet();
                    want.numberedNs = nowNs;
                }
                if (bring(entry.getKey(), want, ownNode)) {
                    wants.remove(entry.getKey());
                }
                work++;
            }
        }
        return work;
    }

    private @Nullable RightsShortage poll() {
        return engine.kernel().rights().poll();
    }

    private void want(final Name name, final long amount, final boolean asks, final long nowNs) {
        assert amount > 0 : amount;
        Want want = wants.get(name);
        if (want == null || asks && !want.asks) {
            if (wants.size() >= MAX_WANTS) {
                return; // whoever is refused again asks again
            }
            want = new Want(asks, nowNs);
            want.nextNs = nowNs;
            want.number = engine.numbers().incrementAndGet();
            wants.put(name, want);
            assert wants.size() <= MAX_WANTS : wants.size();
        }
        want.amount = Math.max(want.amount, amount);
    }

    private List<Holder> holders(final Cell cell) {
        final List<Holder> holders = new ArrayList<>();
        engine.latest().forEachHolder(cell, (origin, node, rights) -> holders.add(new Holder(origin, node, rights)));
        return holders;
    }

    private long own(final List<Holder> holders) {
        return holders.stream()
                .filter(holder -> holder.origin == engine.origin())
                .mapToLong(Holder::rights)
                .sum();
    }

    /** Inherits and asks for what is wanted; returns whether it is here. */
    private boolean bring(final Name name, final Want want, final long ownNode) throws IOException {
        assert want.amount > 0 : want.amount;
        final Cell cell = name.prepare();
        final List<Holder> holders = holders(cell);
        long missing = want.amount - own(holders);
        if (missing <= 0) {
            return true;
        }
        final List<Holder> left = holders.stream()
                .filter(holder -> holder.rights > 0 && inherits(holder, ownNode))
                .toList();
        if (!left.isEmpty() && !membership.isOpen()) {
            if (membership.epoch().heirs().getOrDefault(ownNode, 0L) != engine.origin()) {
                membership.succeed(engine.origin());
            } else if (haveAllPromised() && takeOver(cell, left)) {
                missing = want.amount - own(holders(cell)); // one transaction moves only so much
            }
        }
        if (missing > 0 && want.asks) {
            ask(name, want, missing, holders, ownNode);
        }
        return missing <= 0;
    }

    /** Whether rights are those of a dead launch whose heir is this node. */
    private boolean inherits(final Holder holder, final long ownNode) {
        return holder.origin != engine.origin() && heirOf(holder) == ownNode;
    }

    /** The member that holds an origin's rights, or inherits them when it is gone; {@link Rights#NO_NODE} if there is none. */
    private long heirOf(final Holder holder) {
        final Epoch epoch = membership.epoch();
        if (holder.node != Rights.NO_NODE) {
            return epoch.heirOf(holder.node);
        }
        // from before there was a group: its founder's, in the directory in which it founded it
        final List<Long> founders = epoch.incarnations().keySet().stream()
                .filter(node -> epoch.isVoter(node, 0))
                .toList();
        return founders.size() == 1 ? founders.get(0) : Rights.NO_NODE;
    }

    private boolean haveAllPromised() {
        final VectorClock here = engine.clock();
        for (final long other : membership.others()) {
            final Peer peer = peers.get(other);
            if (peer == null || !peer.hasPromised(here)) {
                return false;
            }
        }
        return true;
    }

    private boolean takeOver(final Cell cell, final List<Holder> left) {
        assert !left.isEmpty();
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            final List<RightsListener.Move> moves = left.stream()
                    .limit(RightsArgument.MAX_MOVES)
                    .map(holder -> new RightsListener.Move(
                            holder.origin, engine.origin(), Math.min(holder.rights, RightsArgument.MAX_AMOUNT)))
                    .toList();
            moves.forEach(move -> tx.takeOver(cell, move.from(), move.amount()));
            listener.onMoves(cell, moves);
            engine.kernel()
                    .rights()
                    .inherit(moves.stream().map(RightsListener.Move::from).collect(Collectors.toSet()));
            try {
                return tx.commitUnforced() == CommitResult.COMMITTED;
            } finally {
                engine.kernel().rights().inherit(Set.of());
            }
        }
    }

    /** Asks those that hold the most, a few at a time and others each time: who is silent or has nothing left must not be in the way. */
    private void ask(
            final Name name, final Want want, final long missing, final List<Holder> holders, final long ownNode) {
        assert want.asks;
        final Map<Long, Long> byNode = new TreeMap<>();
        for (final Holder holder : holders) {
            final long node = heirOf(holder);
            if (holder.rights > 0 && node != ownNode && peers.containsKey(node)) {
                byNode.merge(node, holder.rights, Long::sum);
            }
        }
        final List<Long> most = byNode.keySet().stream()
                .sorted(Comparator.comparing((Long node) -> byNode.get(node)).reversed())
                .toList();
        for (int i = 0; i < Math.min(ASKED, most.size()); i++) {
            request(name, want, most.get(want.turn++ % most.size()), missing);
        }
    }

    private void request(final Name name, final Want want, final long node, final long amount) {
        assert amount > 0 : amount;
        final ByteWriter out = writer.begin(Message.RIGHTS);
        out.writeLong(want.number);
        out.writeLong(amount);
        write(out, name.table);
        write(out, name.key);
        write(out, name.column);
        writer.send(transport, node);
    }

    private static void write(final ByteWriter out, final String text) {
        final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        assert bytes.length <= Limits.KEY_BYTES : bytes.length;
        out.writeVarint(bytes.length);
        out.writeBytes(bytes);
    }

    private static String read(final ByteReader reader, final int maxBytes) {
        final int length = reader.readVarintInt(maxBytes);
        return Utf8.decode(reader.skip(length), length);
    }

    /** Hands rights to a peer that asks for some. */
    void onRequest(final long from, final ByteReader reader, final long nowNs) {
        final long number = reader.readLong();
        final long amount = reader.readLong();
        final Name name = new Name(
                read(reader, Limits.TABLE_BYTES), read(reader, Limits.KEY_BYTES), read(reader, Limits.COLUMN_BYTES));
        givenNs.values().removeIf(given -> nowNs - given >= 4 * SERVED_NS);
        final List<Object> asked = List.of(from, name, number);
        if (amount <= 0 || name.table.isEmpty() || givenNs.containsKey(asked) || givenNs.size() >= MAX_GIVEN) {
            return;
        }
        final Cell cell = name.prepare();
        final long own = engine.latest().readRights(cell);
        final long given = Math.min(Math.min(own, Math.max(amount, own / 2)), RightsArgument.MAX_AMOUNT);
        if (given < amount) {
            want(name, amount, false, nowNs); // there may be some to inherit
        }
        if (given <= 0 || engine.kernel().rights().launchOf(from) == 0) {
            return;
        }
        try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
            tx.transfer(cell, from, given);
            final long to = engine.kernel().rights().launchOf(from);
            assert to != 0 : from;
            listener.onMoves(cell, List.of(new RightsListener.Move(engine.origin(), to, given)));
            if (tx.commitUnforced() == CommitResult.COMMITTED) {
                givenNs.put(asked, nowNs);
                assert givenNs.size() <= MAX_GIVEN : givenNs.size();
            }
        }
    }
}
