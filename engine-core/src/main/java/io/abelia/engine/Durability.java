package io.abelia.engine;

/** What a commit survives once it has returned. */
public enum Durability {
    /** Nothing: no files, gone with the process. */
    MEMORY,
    /** The death of the process (kill -9), not that of the machine; the log is forced in the background. */
    PROCESS,
    /** Power loss: the log is forced before the commit returns, one force for all that wait (group commit). */
    POWER
}
