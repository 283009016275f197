package io.abelia.coordination.member;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Supplier;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.jspecify.annotations.Nullable;

/** Options of a {@link CoordinationMember}; frozen once it has been launched. */
public final class CoordinationMemberContext {
    private static final long MIN_SNAPSHOT_BYTES = 1 << 16;

    private @Nullable Members members;
    private @Nullable Path directory;
    private int member = -1;
    private boolean firstStart;
    private boolean forced = true;
    private Duration heartbeatTimeout = Duration.ofSeconds(2);
    private long snapshotIntervalBytes = 256L << 20;
    private Supplier<IdleStrategy> idleStrategy = () -> new BackoffIdleStrategy(100, 10, 1_000, 100_000);
    private boolean concluded;

    private CoordinationMemberContext changed() {
        if (concluded) {
            throw new IllegalStateException("the context has been used for a launch");
        }
        return this;
    }

    void conclude() {
        changed();
        if (members == null || directory == null || member < 0) {
            throw new IllegalArgumentException("members, member and directory must be given");
        }
        members.of(member);
        if (snapshotIntervalBytes < MIN_SNAPSHOT_BYTES) {
            throw new IllegalArgumentException(
                    "snapshotIntervalBytes is " + snapshotIntervalBytes + "; at least " + MIN_SNAPSHOT_BYTES);
        }
        concluded = true;
    }

    /** Who the group is, the same on all members. */
    public CoordinationMemberContext members(final Members newMembers) {
        changed().members = newMembers;
        return this;
    }

    Members members() {
        if (members == null) {
            throw new IllegalStateException("members is missing");
        }
        return members;
    }

    /** Which of them this is. */
    public CoordinationMemberContext member(final int newMember) {
        changed().member = newMember;
        return this;
    }

    int member() {
        return member;
    }

    /**
     * Directory of its log, snapshots and votes; made if missing. A member whose directory is empty is refused unless this is its
     * {@linkplain #firstStart first start}: it has forgotten what it promised, and two of three that have forget what was acknowledged.
     */
    public CoordinationMemberContext directory(final Path newDirectory) {
        changed().directory = newDirectory;
        return this;
    }

    Path directory() {
        if (directory == null) {
            throw new IllegalStateException("directory is missing");
        }
        return directory;
    }

    /** Whether the member has never run; false by default. Refused where it has: it is to be said once. */
    public CoordinationMemberContext firstStart(final boolean newFirstStart) {
        changed().firstStart = newFirstStart;
        return this;
    }

    boolean isFirstStart() {
        return firstStart;
    }

    /**
     * Whether a member forces a transaction to its disk before it counts for the majority (file sync level 1; default), or leaves that to
     * the operating system (level 0): then a power loss at a majority of members loses what was acknowledged.
     */
    public CoordinationMemberContext forced(final boolean newForced) {
        changed().forced = newForced;
        return this;
    }

    boolean isForced() {
        return forced;
    }

    /** How long a leader may be silent before the others elect one; default 2 s. The group refuses meanwhile, so clients wait longer. */
    public CoordinationMemberContext heartbeatTimeout(final Duration newHeartbeatTimeout) {
        changed().heartbeatTimeout = newHeartbeatTimeout;
        return this;
    }

    Duration heartbeatTimeout() {
        return heartbeatTimeout;
    }

    /** Bytes of log after which the leader has all members write a snapshot, from which a restart goes on; default 256 MiB. */
    public CoordinationMemberContext snapshotIntervalBytes(final long newSnapshotIntervalBytes) {
        changed().snapshotIntervalBytes = newSnapshotIntervalBytes;
        return this;
    }

    long snapshotIntervalBytes() {
        return snapshotIntervalBytes;
    }

    /** What the member's threads do when there is nothing to do; default: each backs off to 100 us. */
    public CoordinationMemberContext idleStrategy(final Supplier<IdleStrategy> newIdleStrategy) {
        changed().idleStrategy = newIdleStrategy;
        return this;
    }

    Supplier<IdleStrategy> idleStrategy() {
        return idleStrategy;
    }
}
