package io.abelia.engine.apply;

/** What {@link Kernel#commit} returns instead of a log position, where nothing was committed; all below zero. */
public final class CommitRefusal {
    public static final long NOT_OPEN = -1;
    public static final long DISK_FULL = -2;
    public static final long NOT_JOINED = -3;
    public static final long FENCED = -4;
    public static final long INSUFFICIENT_RIGHTS = -5;
    public static final long CLOCK_OUT_OF_RANGE = -6;
    public static final long OUT_OF_RANGE = -7;
    public static final long EXPIRED = -8;

    private CommitRefusal() {}
}
