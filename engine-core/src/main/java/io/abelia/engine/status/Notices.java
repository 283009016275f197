package io.abelia.engine.status;

import io.abelia.engine.lock.CommitLock;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.concurrent.EpochClock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * What an operator must know, through SLF4J (logger {@code io.abelia.engine}): the same text once a minute at most. Any thread may note something,
 * also with the commit lock held: it is written by whoever calls {@link #flush}, which housekeeping does.
 */
public final class Notices {
    private static final Logger LOG = LoggerFactory.getLogger("io.abelia.engine");
    private static final long AGAIN_MS = 60_000;
    private static final int MOST = 256;

    private record Notice(
            Level level, String text, @Nullable Throwable cause) {}

    private final EpochClock epochClock;
    private final ConcurrentLinkedQueue<Notice> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();
    private final Map<String, Long> lastMs = new HashMap<>();

    public Notices(final EpochClock epochClock) {
        this.epochClock = epochClock;
    }

    private void note(final Level level, final String text, final @Nullable Throwable cause) {
        if (count.incrementAndGet() > MOST) {
            count.decrementAndGet(); // nobody writes: the newest are lost
        } else {
            waiting.add(new Notice(level, text, cause));
        }
    }

    /** Something that happens in the life of a node. */
    public void info(final String text) {
        note(Level.INFO, text, null);
    }

    /** Something that needs somebody's attention. */
    public void warn(final String text) {
        note(Level.WARN, text, null);
    }

    /** An error; one that says what to do needs no stack trace. */
    public void error(final Throwable cause) {
        note(Level.ERROR, text(cause), cause instanceof IllegalStateException ? null : cause);
    }

    private static String text(final Throwable cause) {
        final StringBuilder text = new StringBuilder(
                cause instanceof IllegalStateException ? String.valueOf(cause.getMessage()) : cause.toString());
        for (Throwable at = cause.getCause(); at != null && at.getCause() != at; at = at.getCause()) {
            text.append(": ").append(at);
        }
        return text.toString();
    }

    /** Writes what has been noted. Any thread that may wait for a disk. */
    public void flush() {
        if (count.get() == 0) {
            return;
        }
        for (Notice notice = waiting.poll(); notice != null; notice = waiting.poll()) {
            count.decrementAndGet();
            if (isDue(notice.text())) {
                LOG.atLevel(notice.level()).setCause(notice.cause()).log(notice.text());
            }
        }
    }

    private synchronized boolean isDue(final String text) {
        assert CommitLock.mayWait();
        final long nowMs = epochClock.time();
        final Long last = lastMs.get(text);
        if (last != null && Math.abs(nowMs - last) < AGAIN_MS) {
            return false;
        }
        if (lastMs.size() >= MOST) {
            lastMs.clear();
        }
        lastMs.put(text, nowMs);
        return true;
    }
}
