package io.abelia.engine.apply;

import io.abelia.engine.clock.HybridClock;
import io.abelia.engine.clock.OriginTable;
import java.io.IOException;

/** Reads a snapshot into state that has been emptied. */
@FunctionalInterface
public interface SnapshotInstaller {
    void install(OriginTable origins, Applier applier, HybridClock hybridClock) throws IOException;
}
