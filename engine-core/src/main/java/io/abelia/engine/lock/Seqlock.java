package io.abelia.engine.lock;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Number of transactions applied, as a sequence lock: odd while effects are being applied. A reader notes an even version, reads,
 * and believes what it read only if the version is still the same.
 */
public final class Seqlock {
    private static final VarHandle VERSION;

    static {
        try {
            VERSION = MethodHandles.lookup().findVarHandle(Seqlock.class, "version", long.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("unused") // through VERSION
    private long version;

    private int depth;

    /** Marks state as changing; changes may nest; with the commit lock held. */
    public void beginChange() {
        if (depth++ == 0) {
            VERSION.setOpaque(this, version + 1);
            VarHandle.storeStoreFence();
        }
    }

    /** Marks state as whole again. */
    public void endChange() {
        if (--depth == 0) {
            VERSION.setRelease(this, version + 1);
        }
    }

    /** The version now; odd while state is changing. */
    public long read() {
        return (long) VERSION.getAcquire(this);
    }

    /** Whether nothing has changed since {@link #read} returned an even version. */
    public boolean isStill(final long noted) {
        VarHandle.loadLoadFence();
        return (long) VERSION.getOpaque(this) == noted;
    }

    public static boolean isChanging(final long noted) {
        return (noted & 1) != 0;
    }
}
