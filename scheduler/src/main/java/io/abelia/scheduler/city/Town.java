package io.abelia.scheduler.city;

import io.abelia.engine.Engine;
import io.abelia.scheduler.broker.Broker;
import io.abelia.scheduler.model.JobSpec;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where a trace happens: simulated, or real. One thread. */
interface Town extends AutoCloseable {
    /** A broker that runs. */
    interface Seat {
        String id();

        Engine engine();

        Broker broker();
    }

    Collection<? extends Seat> brokers();

    @Nullable
    Seat broker(String id);

    /** Submits a job to a broker, by its number from 1; returns its name. */
    String submit(int broker, JobSpec job);

    /** Switches an executor off at once: what it ran is forgotten, what it kept stays. */
    void off(String executor);

    /** Switches an executor on, with half a charge at least. */
    void on(String executor);

    /** Cuts a broker or an executor off from those that are not cut off. */
    void cut(String who);

    /** Ends all cuts. */
    void heal();

    long nowNs();

    long nowMs();

    /** Lets a millisecond pass, or more. */
    void step();

    /** Has something looked at in every step; in a real city more often, on a thread of its own, so that what stops others does not stop it. */
    void watch(Runnable look);

    /** How long jobs waited until an executor had taken them first, in milliseconds, by name. */
    Map<String, Double> startedAfterMs();

    /** What only this kind of town has measured, by {@code id|label|unit}. */
    Map<String, Double> figures();

    @Override
    void close() throws IOException;
}
