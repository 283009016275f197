package io.abelia.scheduler.city;

import io.abelia.scheduler.model.Capabilities;

/**
 * How an executor's battery empties itself.
 *
 * @param idlePerS share of a full charge that a second takes
 * @param workPerS share that a second of each job takes beside that
 */
record Battery(double idlePerS, double workPerS) {
    private static final double EMPTY = 0.02;
    private static final double HALF = 0.5;

    /** What an executor is after a while; on mains the same. */
    Capabilities drain(final Capabilities capabilities, final double seconds, final int jobs) {
        final Double charge = capabilities.battery();
        return charge == null
                ? capabilities
                : capabilities.withBattery(Math.max(0, charge - seconds * (idlePerS + workPerS * jobs)));
    }

    /** Whether an executor that runs on a battery can run no longer. */
    static boolean isEmpty(final Capabilities capabilities) {
        final Double charge = capabilities.battery();
        return charge != null && charge < EMPTY;
    }

    /** What an executor is that comes back: half charged at least, if it has a battery. */
    static Capabilities recharge(final Capabilities capabilities) {
        final Double charge = capabilities.battery();
        return charge == null ? capabilities : capabilities.withBattery(Math.max(HALF, charge));
    }
}
