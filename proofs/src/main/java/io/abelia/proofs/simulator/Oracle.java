package io.abelia.proofs.simulator;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What every transaction is, and what each node may therefore do with it. Fed by clients and by what nodes log. */
final class Oracle {
    private final Map<Long, List<Committed>> byOrigin = new HashMap<>();
    private final Map<Integer, Integer> launches = new HashMap<>();
    private final Map<Long, String> names = new HashMap<>();
    private int count;

    /** Notes a transaction that a client is about to commit. An earlier one of that dot was never logged anywhere. */
    void about(final Committed transaction) {
        final List<Committed> all = byOrigin.computeIfAbsent(transaction.origin, ignored -> new ArrayList<>());
        final int index = (int) transaction.seq - 1;
        if (index < all.size()) {
            if (all.get(index).seen || all.get(index).acknowledged) {
                throw new Violation(Invariant.ONE_CONTENT_PER_DOT, transaction + " is given to a second transaction");
            }
            all.set(index, transaction);
        } else if (index == all.size()) {
            all.add(transaction);
        } else {
            throw new Violation(Invariant.CONTIGUOUS_ONCE, transaction + " leaves a gap behind " + all.size());
        }
        count++;
    }

    /** Notes a launch of a node, and says how many it has had. */
    int launched(final int node, final long origin) {
        final int number = launches.merge(node, 1, Integer::sum);
        names.put(origin, (node + 1) + ", " + number);
        return number;
    }

    /** A dot in the specification's words: node, launch, seq. */
    String name(final long origin, final long seq) {
        return "<<" + names.get(origin) + ", " + seq + ">>";
    }

    int count() {
        return count;
    }

    /** The transaction of a dot. */
    Committed find(final long origin, final long seq) {
        final List<Committed> all = byOrigin.get(origin);
        if (all == null || seq < 1 || seq > all.size()) {
            throw new Violation(
                    Invariant.ONE_CONTENT_PER_DOT, Long.toHexString(origin) + ":" + seq + " was committed by nobody");
        }
        return all.get((int) seq - 1);
    }

    /** A node has logged a record: its content is that of its dot, and everything that its author had applied is applied there. */
    Committed logged(
            final int node,
            final long origin,
            final long seq,
            final long hybridTime,
            final long contentHash,
            final Map<Long, Long> applied) {
        final Committed transaction = find(origin, seq);
        if (!transaction.seen) {
            transaction.seen = true;
            transaction.hybridTime = hybridTime;
            transaction.contentHash = contentHash;
        } else if (transaction.contentHash != contentHash) {
            throw new Violation(Invariant.ONE_CONTENT_PER_DOT, transaction + " has another content on node " + node);
        }
        final long before = applied.getOrDefault(origin, 0L);
        if (seq != before + 1) {
            throw new Violation(
                    Invariant.CONTIGUOUS_ONCE, "node " + node + " applies " + transaction + " behind " + before);
        }
        requireCovers(applied, transaction.delivery, node, transaction);
        return transaction;
    }

    private static void requireCovers(
            final Map<Long, Long> applied,
            final Map<Long, Long> delivery,
            final int node,
            final Committed transaction) {
        for (final Map.Entry<Long, Long> entry : delivery.entrySet()) {
            if (applied.getOrDefault(entry.getKey(), 0L) < entry.getValue()) {
                throw new Violation(
                        Invariant.CAUSAL,
                        "node " + node + " applies " + transaction + " before " + Long.toHexString(entry.getKey()) + ":"
                                + entry.getValue());
            }
        }
    }

    /** Every transaction in a clock is there with its causes. */
    void requireClosed(final int node, final Map<Long, Long> applied) {
        for (final Committed transaction : within(applied)) {
            requireCovers(applied, transaction.delivery, node, transaction);
        }
    }

    /** All transactions in a clock. */
    List<Committed> within(final Map<Long, Long> clock) {
        final List<Committed> transactions = new ArrayList<>();
        new TreeMap<>(clock).forEach((origin, seq) -> {
            for (long i = 1; i <= seq; i++) {
                transactions.add(find(origin, i));
            }
        });
        return transactions;
    }
}
