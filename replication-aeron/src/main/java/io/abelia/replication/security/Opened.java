package io.abelia.replication.security;

/** What opening a frame came to. */
public enum Opened {
    /** It is authentic, new, and for this launch. */
    OPENED,
    /** It is this launch's own. */
    OWN,
    /** It is for another launch, perhaps an earlier one of this node. */
    MISDIRECTED,
    /** It is of another cluster or protection, or sealed with a key that is not known here. */
    STRANGER,
    /** Its tag is wrong, or it is no frame at all. */
    FORGED,
    /** It, or a later one of its launch, has been opened before. */
    REPLAYED,
    /** Too many frames of unknown launches at once: they cost a key each. */
    LIMITED
}
