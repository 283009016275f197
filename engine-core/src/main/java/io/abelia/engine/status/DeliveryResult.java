package io.abelia.engine.status;

/** What became of a record from elsewhere. */
public enum DeliveryResult {
    /** Logged and applied. */
    APPLIED,
    /** Already applied; dropped. */
    DUPLICATE,
    /** Kept until the records that it depends on arrive. */
    BUFFERED,
    /** The causal buffer is full; dropped, to be fetched again. */
    DROPPED,
    /** Not a record, or damaged; dropped. */
    MALFORMED,
    /** Of a later version than this build knows; kept aside, its origin waits. */
    UNKNOWN_VERSION,
    /** Contradicts a record of the same origin that was applied; the origin is frozen and the alarm raised. */
    FORKED,
    /**
     * Takes over the rights of this very launch, or of one of which this engine has more than the heir knew: not applied, and this engine commits
     * no more, since the group has given up what it has.
     */
    REPLACED,
    /**
     * Its author had not observed what this engine dropped while it was alone, so the two would settle concurrent operations differently: never
     * taken, nor is what follows of its origin. Let its node join with an empty directory.
     */
    OUTSIDER,
    /** No disk for it now; to be fetched again. */
    DISK_FULL,
    /** The engine is closed or has failed. */
    CLOSED
}
