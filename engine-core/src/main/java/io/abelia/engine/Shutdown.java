package io.abelia.engine;

import io.abelia.engine.apply.Kernel;
import io.abelia.engine.file.Uninterrupted;
import io.abelia.engine.snapshot.CleanMark;
import io.abelia.engine.transaction.TransactionPool;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Lets go of all memory and files of an engine that takes no more commits; on a thread that nobody interrupts. */
final class Shutdown {
    private final Kernel kernel;
    private final EngineContext context;
    private final @Nullable EngineDirectory directory;
    private final TransactionPool transactions;

    Shutdown(
            final Kernel kernel,
            final EngineContext context,
            final @Nullable EngineDirectory directory,
            final TransactionPool transactions) {
        this.kernel = kernel;
        this.context = context;
        this.directory = directory;
        this.transactions = transactions;
    }

    /** Lets go of what an engine held whose launch has failed at last; nobody has seen it. */
    static void abandon(final Kernel kernel) throws IOException {
        kernel.close();
        kernel.lock().unshare();
        try {
            kernel.log().close();
            kernel.units().store().close();
        } finally {
            kernel.units().close();
            kernel.origins().close();
        }
    }

    /** Waits for reads that are under way, then lets go; after a forced log the store stays for the next launch. */
    void release(final boolean clean) throws IOException {
        kernel.close();
        kernel.units().makeAddressesStale();
        // a lock-free read that began before sees valid memory for a few nanoseconds more: leave it far longer than
        // that
        Uninterrupted.pause(context.closeGraceNs());
        kernel.lock().unshare();
        transactions.close();
        final long end = kernel.log().appendPosition();
        kernel.log().close();
        try {
            if (clean && directory != null && kernel.units().images().openCount() == 0) {
                kernel.units().removePending();
                kernel.units().digest().fold();
                final CleanMark.Totals totals = CleanMark.Totals.of(kernel.units());
                if (kernel.units().store().closeClean()) {
                    CleanMark.write(
                            directory.root(),
                            directory.fileForce(),
                            end,
                            kernel.origins(),
                            kernel.hybridClock(),
                            totals);
                }
            } else {
                kernel.units().store().close();
            }
        } finally {
            kernel.units().close();
            kernel.origins().close();
            if (directory != null) {
                directory.close();
            }
        }
    }
}
