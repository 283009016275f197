package io.abelia.coordination.client;

import io.abelia.coordination.member.Members;
import java.time.Duration;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.jspecify.annotations.Nullable;

/** Options of a {@link CoordinationClient}; frozen once it has been launched. */
public final class CoordinationClientContext {
    private @Nullable Members members;
    private @Nullable String aeronDirectory;
    private String egressHost = "localhost";
    private Duration timeout = Duration.ofSeconds(5);
    private Duration resendInterval = Duration.ofSeconds(1);
    private IdleStrategy idleStrategy = new BackoffIdleStrategy(100, 10, 1_000, 100_000);
    private boolean concluded;

    private CoordinationClientContext changed() {
        if (concluded) {
            throw new IllegalStateException("the context has been used for a launch");
        }
        return this;
    }

    void conclude() {
        changed();
        if (members == null) {
            throw new IllegalArgumentException("members is missing: say who the group is, as Members.parse(...)");
        }
        concluded = true;
    }

    /** Who the group is. */
    public CoordinationClientContext members(final Members newMembers) {
        changed().members = newMembers;
        return this;
    }

    Members members() {
        if (members == null) {
            throw new IllegalStateException("members is missing");
        }
        return members;
    }

    /** Directory of a media driver that runs already; by default the client has one of its own. */
    public CoordinationClientContext aeronDirectory(final String newAeronDirectory) {
        changed().aeronDirectory = newAeronDirectory;
        return this;
    }

    @Nullable
    String aeronDirectory() {
        return aeronDirectory;
    }

    /** Name or address under which members reach this client; default localhost. */
    public CoordinationClientContext egressHost(final String newEgressHost) {
        changed().egressHost = newEgressHost;
        return this;
    }

    String egressHost() {
        return egressHost;
    }

    /** How long a commit or read waits for its answer; default 5 s. Longer than an election takes (Members tell), it survives one. */
    public CoordinationClientContext timeout(final Duration newTimeout) {
        changed().timeout = newTimeout;
        return this;
    }

    Duration timeout() {
        return timeout;
    }

    /** After how long an unanswered request is sent again; default 1 s. Sending again never does anything twice. */
    public CoordinationClientContext resendInterval(final Duration newResendInterval) {
        changed().resendInterval = newResendInterval;
        return this;
    }

    Duration resendInterval() {
        return resendInterval;
    }

    /** What the client's thread does when there is nothing to do; default: backs off to 100 us. Yielding takes latency for a core. */
    public CoordinationClientContext idleStrategy(final IdleStrategy newIdleStrategy) {
        changed().idleStrategy = newIdleStrategy;
        return this;
    }

    IdleStrategy idleStrategy() {
        return idleStrategy;
    }
}
