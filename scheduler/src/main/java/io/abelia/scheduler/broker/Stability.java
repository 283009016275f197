package io.abelia.scheduler.broker;

/** Tells what is causally stable. */
@FunctionalInterface
public interface Stability {
    /** Whether every member of the group has a transaction, and all that any of them committed without knowing it is here. */
    boolean isStable(long origin, long seq);
}
