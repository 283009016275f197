package io.abelia.engine.crdt;

import io.abelia.engine.codec.Operation;

/**
 * What the operations of a cell type do to state. Effects are total and deterministic: they depend on the operation, its dot,
 * its hybrid time, its observed clock and the state alone, and never throw for a decoded operation. Concurrent effects commute.
 */
public interface DataType {
    /** Applies an operation with the commit lock held. */
    void apply(Operation op, EffectContext context);

    /**
     * Hash of what a reader sees of a unit, without anything that causal stability may remove; 0 when there is nothing to see.
     */
    long readable(long body, int bodyLength);

    /**
     * Drops from a unit what is only needed while operations concurrent with stable dots may still arrive.
     *
     * @return whether the unit holds nothing any more and was removed
     */
    default boolean collect(final long cell, final long block, final EffectContext context, final StableDots stable) {
        return false;
    }
}
