package io.abelia.histories;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * A random history of two to four sessions, at most six transactions and two keys. Half of them are what a causally consistent store would have
 * answered; of these, half have one read changed. The other half reads at random.
 */
final class TinyHistory {
    private static final int MAX_SESSIONS = 4;
    private static final int MAX_TRANSACTIONS = 6;
    private static final int KEYS = 2;

    enum Keys {
        LAST_WRITER,
        MULTI_VALUE,
        MIXED
    }

    private final Random random;
    private final Keys keys;
    private final boolean readsBeforeWrites;
    private final int sessions;
    private final int[] sessionOf;
    private final BitSet[] writes;
    private final BitSet[] reads;
    private final List<List<List<Integer>>> answers = new ArrayList<>();

    TinyHistory(final Random random, final Keys keys, final boolean readsBeforeWrites) {
        this.random = random;
        this.keys = keys;
        this.readsBeforeWrites = readsBeforeWrites;
        sessions = 2 + random.nextInt(MAX_SESSIONS - 1);
        final int transactions = 2 + random.nextInt(MAX_TRANSACTIONS - 1);
        sessionOf = random.ints(transactions, 0, sessions).sorted().toArray();
        writes = new BitSet[transactions];
        reads = new BitSet[transactions];
    }

    private boolean isMultiValue(final int key) {
        return keys == Keys.MULTI_VALUE || keys == Keys.MIXED && key == 0;
    }

    History make() {
        for (int t = 0; t < sessionOf.length; t++) {
            writes[t] = BitSet.valueOf(new long[] {random.nextInt(1 << KEYS)});
            reads[t] = BitSet.valueOf(new long[] {random.nextInt(1 << KEYS)});
            if (readsBeforeWrites) {
                reads[t].or(writes[t]);
            }
            answers.add(new ArrayList<>(Collections.nCopies(KEYS, List.of())));
        }
        if (random.nextBoolean()) {
            execute();
            if (random.nextBoolean()) {
                final int t = random.nextInt(sessionOf.length);
                final int key = random.nextInt(KEYS);
                answers.get(t).set(key, anyAnswer(t, key));
            }
        } else {
            for (int t = 0; t < sessionOf.length; t++) {
                for (int key = 0; key < KEYS; key++) {
                    answers.get(t).set(key, anyAnswer(t, key));
                }
            }
        }
        return assemble();
    }

    private List<Integer> anyAnswer(final int reader, final int key) {
        final List<Integer> writers = new ArrayList<>();
        for (int t = 0; t < sessionOf.length; t++) {
            if (t != reader && writes[t].get(key)) {
                writers.add(t);
            }
        }
        Collections.shuffle(writers, random);
        final int most = Math.min(writers.size(), isMultiValue(key) ? 3 : 1);
        return List.copyOf(writers.subList(0, most == 0 ? 0 : random.nextInt(most + 1)));
    }

    /** Answers as a store with random causal snapshots does. */
    private void execute() {
        final List<Integer> order = new ArrayList<>();
        final int[] next = new int[sessions];
        final BitSet[] seen = new BitSet[sessionOf.length];
        while (order.size() < sessionOf.length) {
            final int session = random.nextInt(sessions);
            final int first = (int)
                    java.util.Arrays.stream(sessionOf).filter(s -> s < session).count();
            final int t = first + next[session];
            if (t >= sessionOf.length || sessionOf[t] != session) {
                continue;
            }
            next[session]++;
            seen[t] = new BitSet();
            for (int before = first; before < t; before++) {
                see(seen, t, before);
            }
            for (final int before : order) {
                if (random.nextInt(3) == 0) {
                    see(seen, t, before);
                }
            }
            for (int key = 0; key < KEYS; key++) {
                answers.get(t).set(key, answer(seen, order, seen[t], key));
            }
            order.add(t);
        }
    }

    private static void see(final BitSet[] seen, final int transaction, final int before) {
        seen[transaction].set(before);
        seen[transaction].or(seen[before]);
    }

    private List<Integer> answer(final BitSet[] seen, final List<Integer> order, final BitSet snapshot, final int key) {
        final List<Integer> answer = new ArrayList<>();
        for (final int t : order) {
            if (snapshot.get(t) && writes[t].get(key)) {
                answer.removeIf(before -> !isMultiValue(key) || seen[t].get(before));
                answer.add(t);
            }
        }
        return answer;
    }

    private History assemble() {
        final HistoryAssembler assembler = new HistoryAssembler();
        for (int key = 0; key < KEYS; key++) {
            if (isMultiValue(key)) {
                assembler.multiValue(key);
            }
        }
        int t = 0;
        for (int session = 0; session < sessions; session++) {
            assembler.session();
            for (; t < sessionOf.length && sessionOf[t] == session; t++) {
                assembler.transaction();
                for (int key = 0; key < KEYS; key++) {
                    if (reads[t].get(key)) {
                        assembler.read(
                                key,
                                answers.get(t).get(key).stream()
                                        .mapToInt(Integer::intValue)
                                        .toArray());
                    }
                }
                writes[t].stream().forEach(assembler::write);
            }
        }
        return assembler.build();
    }
}
