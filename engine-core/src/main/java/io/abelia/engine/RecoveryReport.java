package io.abelia.engine;

/**
 * What a launch found.
 *
 * @param clean whether the persisted store could be used as it was
 * @param damaged snapshots that were passed over as damaged, empty if none
 * @param snapshotUnits cells and elements read from a snapshot
 * @param replayedRecords records replayed from the log
 * @param tornBytes bytes of a torn tail that were cut off
 */
public record RecoveryReport(boolean clean, String damaged, long snapshotUnits, long replayedRecords, long tornBytes) {
    static final RecoveryReport EMPTY = new RecoveryReport(false, "", 0, 0, 0);
}
