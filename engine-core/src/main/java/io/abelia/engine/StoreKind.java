package io.abelia.engine;

/** Where cells live. */
public enum StoreKind {
    /** Chronicle Map: survives a clean stop without being rebuilt. Needs the JVM flags that the engine names at launch. */
    CHRONICLE,
    /** Anonymous memory: rebuilt from snapshot and log at each launch. Needs Agrona's one flag only. */
    MEMORY
}
