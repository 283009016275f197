package io.abelia.scheduler.outcome;

import java.util.Collection;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the slots of a job, and what follows from it: the outcome is the ACCEPT in the least slot. The rules are those of
 * {@code proofs/tla/Outcome.tla}. Immutable once made.
 */
public final class Facts {
    private final SortedSet<Slot> claimed = new TreeSet<>();
    private final SortedMap<Slot, Result> accepted = new TreeMap<>();
    private final SortedSet<Slot> sealed = new TreeSet<>();
    private final SortedSet<Slot> stable = new TreeSet<>();

    public Facts(final Collection<Fact> facts) {
        for (final Fact fact : facts) {
            switch (fact.kind()) {
                case CLAIM -> claimed.add(fact.slot());
                case ACCEPT -> accept(fact);
                case SEAL -> sealed.add(fact.slot());
                case STABLE -> stable.add(fact.slot());
            }
        }
    }

    /** An owner writes one ACCEPT; should two ever be there, all nodes take the same. */
    private void accept(final Fact fact) {
        accepted.merge(fact.slot(), fact.result(), (a, b) -> a.toString().compareTo(b.toString()) <= 0 ? a : b);
    }

    public boolean isEmpty() {
        return claimed.isEmpty();
    }

    /** The slot whose owner places the job and may accept: the greatest that is claimed; null if none is. */
    public @Nullable Slot active() {
        return claimed.isEmpty() ? null : claimed.last();
    }

    /** The greatest claimed slot below another one: whose job it was before; null if there is none. */
    public @Nullable Slot before(final Slot slot) {
        final SortedSet<Slot> lower = claimed.headSet(slot);
        return lower.isEmpty() ? null : lower.last();
    }

    /** Slots without ACCEPT and SEAL. */
    public SortedSet<Slot> open() {
        final SortedSet<Slot> open = new TreeSet<>(claimed);
        open.removeAll(accepted.keySet());
        open.removeAll(sealed);
        return open;
    }

    /** Whether the owner of a slot may accept a result in it now. */
    public boolean mayAccept(final Slot slot) {
        return slot.equals(active()) && accepted.isEmpty() && !sealed.contains(slot);
    }

    /** The epoch of who takes over. */
    public int nextEpoch() {
        return claimed.isEmpty() ? 0 : claimed.last().epoch() + 1;
    }

    /** The slot whose ACCEPT counts, as far as is known; null before there is any. */
    public @Nullable Slot winner() {
        return accepted.isEmpty() ? null : accepted.firstKey();
    }

    /** How the job ended, as far as is known; {@link Result#NONE} if it has not. */
    public Result outcome() {
        final Slot slot = winner();
        return slot == null ? Result.NONE : accepted.getOrDefault(slot, Result.NONE);
    }

    /** Whether the outcome is the one for ever. */
    public boolean isFinal() {
        final Slot slot = winner();
        return slot != null
                && (slot.epoch() == 0 || stable.contains(slot) && sealed.containsAll(claimed.headSet(slot)));
    }

    /** Whether a slot's owner has to say that everybody knows it, once that is so. */
    public boolean needsStability(final Slot slot) {
        return slot.epoch() > 0 && slot.equals(winner()) && !stable.contains(slot);
    }

    /** Whether a result was accepted in some slot, though another one counts: it never will, since a lesser slot's does. */
    public boolean isSuperseded(final String digest) {
        return !outcome().digest().equals(digest)
                && accepted.values().stream().anyMatch(result -> result.digest().equals(digest));
    }

    @Override
    public String toString() {
        return "claimed " + claimed + " accepted " + accepted + " sealed " + sealed + " stable " + stable;
    }
}
