package io.abelia.scheduler.broker;

import io.abelia.scheduler.metadata.Metadata;
import io.abelia.scheduler.model.JobSpec;
import io.abelia.scheduler.placement.Matcher;
import io.abelia.scheduler.placement.Scorer;
import io.abelia.scheduler.placement.Weights;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Settings of a broker. Set what has no default: identity, metadata, clock and gateway. */
public final class BrokerContext {
    /** How the incarnations of a broker begin that had another disk before. */
    public static final String REBORN = "again-";

    private @Nullable String id;
    private String incarnation = "1";
    private String endpoint = "";
    private @Nullable Metadata metadata;
    private @Nullable LongSupplier clockMs;
    private @Nullable ExecutorGateway executors;
    private Stability stability = (origin, seq) -> true;
    private @Nullable Matcher matcher;
    private long heartbeatMs = 1_000;
    private long suspectMs = 3_000;
    private long lostMs = 8_000;
    private long ageStepMs = 30_000;
    private boolean detectsOutages;

    /** Name of the broker, and which of its disks this is: one that lost its disk takes another incarnation. */
    public BrokerContext id(final String newId, final String newIncarnation) {
        JobSpec.requireName("broker", newId);
        JobSpec.requireName("incarnation", newIncarnation);
        id = newId;
        incarnation = newIncarnation;
        return this;
    }

    public String id() {
        return require(id, "id");
    }

    public String incarnation() {
        return incarnation;
    }

    /** Where others reach it, a URL. */
    public BrokerContext endpoint(final String newEndpoint) {
        endpoint = newEndpoint;
        return this;
    }

    public String endpoint() {
        return endpoint;
    }

    public BrokerContext metadata(final Metadata newMetadata) {
        metadata = newMetadata;
        return this;
    }

    public Metadata metadata() {
        return require(metadata, "metadata");
    }

    /** Milliseconds since 1970. */
    public BrokerContext clockMs(final LongSupplier newClockMs) {
        clockMs = newClockMs;
        return this;
    }

    public LongSupplier clockMs() {
        return require(clockMs, "clockMs");
    }

    public BrokerContext executors(final ExecutorGateway newExecutors) {
        executors = newExecutors;
        return this;
    }

    public ExecutorGateway executors() {
        return require(executors, "executors");
    }

    /** What is causally stable; by default everything, which is right for a broker without others only. */
    public BrokerContext stability(final Stability newStability) {
        stability = newStability;
        return this;
    }

    public Stability stability() {
        return stability;
    }

    /** How executors are chosen; by default filter, then score with {@link Weights#DEFAULT}. */
    public BrokerContext matcher(final Matcher newMatcher) {
        matcher = newMatcher;
        return this;
    }

    public Matcher matcher() {
        final Matcher given = matcher;
        return given == null ? Matcher.capabilityAware(new Scorer(Weights.DEFAULT, suspectMs)) : given;
    }

    /** Interval of this broker's own heartbeats, and the one that executors are told; default 1,000 ms. */
    public BrokerContext heartbeatMs(final long newHeartbeatMs) {
        heartbeatMs = newHeartbeatMs;
        return this;
    }

    public long heartbeatMs() {
        return heartbeatMs;
    }

    /** Silence after which an executor or broker gets nothing new (default 3,000 ms), and after which it is given up (8,000 ms). */
    public BrokerContext leases(final long newSuspectMs, final long newLostMs) {
        if (newSuspectMs <= 0 || newLostMs <= newSuspectMs) {
            throw new IllegalArgumentException(
                    "leases are 0 < suspect < lost, not " + newSuspectMs + " and " + newLostMs + " ms");
        }
        suspectMs = newSuspectMs;
        lostMs = newLostMs;
        return this;
    }

    public long suspectMs() {
        return suspectMs;
    }

    public long lostMs() {
        return lostMs;
    }

    /** Waiting that lifts a job as much as a tenth of a level does; default 30,000 ms, so nobody waits behind others for ever. */
    public BrokerContext ageStepMs(final long newAgeStepMs) {
        ageStepMs = newAgeStepMs;
        return this;
    }

    public long ageStepMs() {
        return ageStepMs;
    }

    /** Whether emergencies are declared where many executors are lost or nearly empty at one place, and ended when they are back; default false. */
    public BrokerContext detectsOutages(final boolean newDetectsOutages) {
        detectsOutages = newDetectsOutages;
        return this;
    }

    public boolean detectsOutages() {
        return detectsOutages;
    }

    /**
     * Whether slots of epoch 0 are this incarnation's: only those of a broker's first disk are, since an earlier incarnation may have accepted in
     * one what nobody else has heard of.
     */
    public boolean ownsHome() {
        return !incarnation.startsWith(REBORN);
    }

    /** The owner of this broker's slots. */
    public String owner() {
        return id() + "~" + incarnation;
    }

    private static <T> T require(final @Nullable T value, final String name) {
        if (value == null) {
            throw new IllegalStateException("set BrokerContext." + name);
        }
        return value;
    }
}
