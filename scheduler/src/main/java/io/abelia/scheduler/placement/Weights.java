package io.abelia.scheduler.placement;

/**
 * How much each part of a score counts; every part is from 0 to 1.
 *
 * @param headroom free share of memory and processors
 * @param power mains, or charge
 * @param locality share of the job's data that is near
 * @param distance nearness to where the job would like to be
 * @param speed frequency and load
 * @param freshness how lately the executor was heard
 * @param labels share of the labels that the job would like
 * @param emergency for jobs that an emergency is about: nearness to it, and power that will last
 */
public record Weights(
        double headroom,
        double power,
        double locality,
        double distance,
        double speed,
        double freshness,
        double labels,
        double emergency) {
    public static final Weights DEFAULT = new Weights(1, 2, 1, 1, 0.5, 1, 1, 2);

    /** All that is measured counts nothing: executors that pass the filter are equal. */
    public static final Weights NONE = new Weights(0, 0, 0, 0, 0, 0, 0, 0);

    private static final double RANKED = 4;

    /** The same with what a job ranks by counting most. */
    public Weights rankedBy(final String rank) {
        return switch (rank) {
            case "headroom" -> new Weights(RANKED, power, locality, distance, speed, freshness, labels, emergency);
            case "power" -> new Weights(headroom, RANKED, locality, distance, speed, freshness, labels, emergency);
            case "locality" -> new Weights(headroom, power, RANKED, distance, speed, freshness, labels, emergency);
            case "distance" -> new Weights(headroom, power, locality, RANKED, speed, freshness, labels, emergency);
            case "speed" -> new Weights(headroom, power, locality, distance, RANKED, freshness, labels, emergency);
            default ->
                throw new IllegalArgumentException(
                        "no rank \"" + rank + "\"; there are headroom, power, locality, distance and speed");
        };
    }
}
