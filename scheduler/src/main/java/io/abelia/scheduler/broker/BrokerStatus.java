package io.abelia.scheduler.broker;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/** What a broker has counted since its launch. Any thread. */
public final class BrokerStatus {
    final AtomicLong heartbeats = new AtomicLong();
    final AtomicLong submitted = new AtomicLong();
    final AtomicLong placed = new AtomicLong();
    final AtomicLong refused = new AtomicLong();
    final AtomicLong accepted = new AtomicLong();
    final AtomicLong duplicates = new AtomicLong();
    final AtomicLong forwarded = new AtomicLong();
    final AtomicLong takeovers = new AtomicLong();
    final AtomicLong sealed = new AtomicLong();
    final AtomicLong preempted = new AtomicLong();
    final AtomicLong redeployed = new AtomicLong();
    final AtomicLong redeployMsMax = new AtomicLong();

    private final AtomicLong errors = new AtomicLong();
    private volatile String lastError = "";

    /** Notes that a job could not be looked after. */
    void failed(final Throwable cause) {
        errors.incrementAndGet();
        lastError = String.valueOf(cause);
    }

    /** What went wrong last with a job; empty if nothing did. */
    public String lastError() {
        return lastError;
    }

    /** All of them, by name. */
    public Map<String, Long> values() {
        final Map<String, Long> all = new TreeMap<>();
        all.put("errors with jobs", errors.get());
        all.put("heartbeats", heartbeats.get());
        all.put("jobs submitted", submitted.get());
        all.put("executions placed", placed.get());
        all.put("orders refused", refused.get());
        all.put("results accepted", accepted.get());
        all.put("results superseded or too late", duplicates.get());
        all.put("results forwarded", forwarded.get());
        all.put("jobs taken over", takeovers.get());
        all.put("slots sealed", sealed.get());
        all.put("executions pre-empted", preempted.get());
        all.put("executions placed again after a loss", redeployed.get());
        all.put("longest silence to redeployment, ms", redeployMsMax.get());
        return all;
    }
}
