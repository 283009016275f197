package io.abelia.engine.status;

import java.util.HashMap;
import java.util.Map;
import org.agrona.concurrent.EpochClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What an operator must know, through SLF4J (logger {@code io.abelia.engine}): the same text once a minute at most. Any thread. */
public final class Notices {
    private static final Logger LOG = LoggerFactory.getLogger("io.abelia.engine");
    private static final long AGAIN_MS = 60_000;
    private static final int MOST = 256;

    private final EpochClock epochClock;
    private final Map<String, Long> lastMs = new HashMap<>();

    public Notices(final EpochClock epochClock) {
        this.epochClock = epochClock;
    }

    private synchronized boolean isDue(final String text) {
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

    /** Something that happens in the life of a node. */
    public void info(final String text) {
        if (isDue(text)) {
            LOG.info(text);
        }
    }

    /** Something that needs somebody's attention. */
    public void warn(final String text) {
        if (isDue(text)) {
            LOG.warn(text);
        }
    }

    /** An error; one that says what to do needs no stack trace. */
    public void error(final Throwable cause) {
        final String text = String.valueOf(cause.getMessage());
        if (!isDue(text)) {
            return;
        }
        if (cause instanceof IllegalStateException) {
            LOG.error(text);
        } else {
            LOG.error(text, cause);
        }
    }
}
