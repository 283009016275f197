package io.abelia.coordination.member;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Supplier;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.YieldingIdleStrategy;

/**
 * A member alone in its process, for benchmarks and tests: {@code MEMBERS NUMBER DIRECTORY forced|unforced yield|backoff HEARTBEAT_MS}. It
 * ends when its standard input does, so that it never outlives who started it.
 */
public final class MemberProcess {
    private static final int ARGUMENTS = 6;

    private MemberProcess() {}

    /** Runs a member. */
    public static void main(final String[] args) throws IOException {
        if (args.length != ARGUMENTS) {
            throw new IllegalArgumentException(
                    "usage: MEMBERS NUMBER DIRECTORY forced|unforced yield|backoff HEARTBEAT_MS");
        }
        final Path directory = Path.of(args[2]);
        final CoordinationMember member = CoordinationMember.launch(new CoordinationMemberContext()
                .members(Members.parse(args[0]))
                .member(Integer.parseInt(args[1]))
                .directory(directory)
                .firstStart(!Files.exists(directory))
                .forced(args[3].equals("forced"))
                .idleStrategy(idle(args[4]))
                .heartbeatTimeout(Duration.ofMillis(Long.parseLong(args[5]))));
        while (System.in.read() >= 0) {
            // until it ends
        }
        member.close();
    }

    /** What threads do when there is nothing to do. */
    public static Supplier<IdleStrategy> idle(final String name) {
        return switch (name) {
            case "yield" -> () -> YieldingIdleStrategy.INSTANCE;
            case "backoff" -> () -> new BackoffIdleStrategy(100, 10, 1_000, 100_000);
            default -> throw new IllegalArgumentException("idle is yield or backoff, not " + name);
        };
    }
}
