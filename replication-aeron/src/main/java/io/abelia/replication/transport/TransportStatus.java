package io.abelia.replication.transport;

import io.abelia.replication.security.Opened;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Counters of a transport. Written by its thread, read by any. */
public final class TransportStatus {
    private final AtomicLong framesSent = new AtomicLong();
    private final AtomicLong bytesSent = new AtomicLong();
    private final AtomicLong framesReceived = new AtomicLong();
    private final AtomicLong bytesReceived = new AtomicLong();
    private final AtomicLong backPressured = new AtomicLong();
    private final AtomicLong unreachable = new AtomicLong();
    private final AtomicLong unknownKinds = new AtomicLong();
    private final AtomicLong reconnects = new AtomicLong();
    private final Map<Opened, AtomicLong> refused = new EnumMap<>(Opened.class);

    public TransportStatus() {
        for (final Opened reason : Opened.values()) {
            refused.put(reason, new AtomicLong());
        }
    }

    private static void add(final AtomicLong counter, final long amount) {
        assert amount > 0 : amount;
        counter.lazySet(counter.get() + amount);
    }

    void sent(final int bytes) {
        add(framesSent, 1);
        add(bytesSent, bytes);
    }

    void received(final int bytes) {
        add(framesReceived, 1);
        add(bytesReceived, bytes);
    }

    void backPressured() {
        add(backPressured, 1);
    }

    void unreachable() {
        add(unreachable, 1);
    }

    void unknownKind() {
        add(unknownKinds, 1);
    }

    void refused(final Opened reason) {
        assert reason != Opened.OPENED;
        final AtomicLong counter = refused.get(reason);
        if (counter != null) {
            add(counter, 1);
        }
    }

    /** Counts a transport that had to be made anew. */
    public void reconnected() {
        add(reconnects, 1);
    }

    /** Frames that were not opened, for a reason. */
    public long refusals(final Opened reason) {
        final AtomicLong counter = refused.get(reason);
        return counter == null ? 0 : counter.get();
    }

    /** All counters by label. */
    public Map<String, Long> values() {
        final Map<String, Long> values = new LinkedHashMap<>();
        values.put("frames sent", framesSent.get());
        values.put("bytes sent", bytesSent.get());
        values.put("frames received", framesReceived.get());
        values.put("bytes received", bytesReceived.get());
        values.put("sends back-pressured", backPressured.get());
        values.put("sends to nodes not heard yet", unreachable.get());
        values.put("frames of unknown kind", unknownKinds.get());
        values.put("transports made anew", reconnects.get());
        values.put("frames of strangers dropped", refusals(Opened.STRANGER));
        values.put("forged or broken frames dropped", refusals(Opened.FORGED));
        values.put("replayed frames dropped", refusals(Opened.REPLAYED));
        values.put("frames for others dropped", refusals(Opened.MISDIRECTED));
        values.put("frames of unknown launches dropped, too many", refusals(Opened.LIMITED));
        return values;
    }
}
