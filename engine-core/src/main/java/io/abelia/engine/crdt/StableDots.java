package io.abelia.engine.crdt;

/** Tells which dots are causally stable at this node. */
@FunctionalInterface
public interface StableDots {
    boolean isStable(long origin, long seq);
}
