package io.abelia.proofs.histories;

import io.abelia.histories.HistoryText;
import java.io.IOException;
import java.nio.file.Path;

/** The door of {@link PlantedBugHistoryTest} into another class loader: only types of the JDK pass it. */
public final class PlantedRecorder {
    private PlantedRecorder() {}

    /** Runs a plan and returns its history as text. */
    public static String record(final long seed, final int transactions, final Path directory) throws IOException {
        return HistoryText.write(
                EmbeddedRun.record(RunPlan.of(seed, transactions), directory).history(), "");
    }
}
