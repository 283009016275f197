package io.abelia.engine.transaction;

import io.abelia.engine.apply.ApplyVersion;
import io.abelia.engine.apply.Kernel;
import io.abelia.engine.clock.OffHeapLongs;
import org.agrona.UnsafeApi;

/**
 * The applied clock at a transaction's begin, which becomes its observed clock. Copied optimistically under the version. The
 * engine's stability report never passes the clocks of open transactions, so it may be read by other threads.
 */
final class TransactionBegin implements AutoCloseable {
    private static final int INITIAL_ENTRIES = 32;
    private static final long NEVER = -1;
    private final Kernel kernel;
    private final OffHeapLongs clock = new OffHeapLongs(INITIAL_ENTRIES);
    private volatile int count;
    private long version;
    private volatile boolean open;

    TransactionBegin(final Kernel kernel) {
        this.kernel = kernel;
    }

    void begin() {
        final ApplyVersion applyVersion = kernel.version();
        long noted;
        open = true; // from here on stability counts the clock of the last begin, or the one being copied: both are
        // older
        do {
            if (!kernel.isOpen()) {
                count = 0; // nothing can be committed any more, and memory may be gone
                version = NEVER;
                return;
            }
            noted = applyVersion.read();
            if (ApplyVersion.isChanging(noted)) {
                Thread.onSpinWait();
                continue;
            }
            copy();
        } while (ApplyVersion.isChanging(noted) || !applyVersion.isStill(noted));
        version = noted;
    }

    /** As {@link #begin}, by a thread that is within the exclusive section. */
    void beginInSection() {
        copy();
        version = kernel.version().read();
    }

    private void copy() {
        final int origins = kernel.origins().count();
        clock.ensureCapacity(origins);
        // entries never shrink, and outgrown arrays stay readable: what is torn is noticed by the version
        UnsafeApi.copyMemory(kernel.origins().appliedClock().address(), clock.address(), (long) origins << 3);
        count = origins;
    }

    void end() {
        open = false;
    }

    boolean isOpen() {
        return open;
    }

    long version() {
        return version;
    }

    long clock() {
        return clock.address();
    }

    int count() {
        return count;
    }

    @Override
    public void close() {
        clock.close();
    }
}
