package io.abelia.histories;

/**
 * Why a history is rejected.
 *
 * @param kind what went wrong, by the name of the guarantee that broke where there is one
 * @param explanation sessions, transactions and keys, in a few lines
 */
public record Anomaly(Kind kind, String explanation) {
    /** What can go wrong. Those of sessions carry the names of Terry et al., "Session Guarantees" (1994). */
    public enum Kind {
        /** A read returned a value that no committed transaction wrote to that key. */
        READ_FROM_NOWHERE("a value was read that no committed transaction wrote to that key"),
        /** A transaction did not read what it had written itself. */
        INTERNAL_READ("a transaction did not read its own write"),
        /** Transactions read from each other in a circle. */
        CAUSALITY_CYCLE("causes and effects form a circle"),
        /** Of one transaction some writes were seen and others not. */
        FRACTURED_READ("one write of a transaction was seen and another one of it was not"),
        /** A multi-value read returned a write together with another one that had replaced it. */
        REPLACED_WRITE("a write was seen beside another one that had replaced it"),
        /** A session did not see what it had written. */
        READ_YOUR_WRITES("a session did not see its own earlier write"),
        /** A session had seen a transaction and later did not. */
        MONOTONIC_READS("a session had read from a transaction and later saw less than that"),
        /** A later write of a session was seen, an earlier one was not. */
        MONOTONIC_WRITES("a later transaction of a session was seen, an earlier one was not"),
        /** A write was seen without what its session had read before. */
        WRITES_FOLLOW_READS("a transaction was seen without one that its session had read from before"),
        /** An effect was seen without one of its causes, over more steps than the kinds above. */
        LOST_CAUSALITY("an effect was seen without one of its causes"),
        /** Several reads contradict each other: no order of writes explains them all. */
        CONFLICTING_ORDERS("no single order of the writes explains all reads");

        private final String meaning;

        Kind(final String meaning) {
            this.meaning = meaning;
        }

        /** The same in words. */
        public String meaning() {
            return meaning;
        }
    }

    @Override
    public String toString() {
        return kind + ": " + kind.meaning() + "\n" + explanation;
    }
}
