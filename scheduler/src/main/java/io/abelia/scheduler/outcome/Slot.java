package io.abelia.scheduler.outcome;

/**
 * A right to accept the result of a job: an owner's in an epoch. The home broker has that of epoch 0; who takes over claims one beyond the
 * highest that it knows, and the owner's name breaks ties.
 *
 * @param epoch 0 for the home broker's
 * @param owner a broker's name and incarnation, {@code name~incarnation}
 */
public record Slot(int epoch, String owner) implements Comparable<Slot> {
    @Override
    public int compareTo(final Slot other) {
        return epoch == other.epoch ? owner.compareTo(other.owner) : Integer.compare(epoch, other.epoch);
    }

    /** Name of the broker whose slot it is, without its incarnation. */
    public String broker() {
        return owner.substring(0, owner.indexOf('~'));
    }
}
