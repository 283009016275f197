package io.abelia.scheduler.model;

/**
 * A place.
 *
 * @param latitude degrees north
 * @param longitude degrees east
 */
public record Location(double latitude, double longitude) {
    private static final double KM_PER_DEGREE = 111.2;

    public Location {
        if (!(Math.abs(latitude) <= 90) || !(Math.abs(longitude) <= 180)) {
            throw new IllegalArgumentException("no place on earth: latitude " + latitude + ", longitude " + longitude);
        }
    }

    /** Distance in km, as on a plane: right to a per cent across a city. */
    public double kmTo(final Location other) {
        final double north = latitude - other.latitude;
        final double east = (longitude - other.longitude) * Math.cos(Math.toRadians((latitude + other.latitude) / 2));
        return KM_PER_DEGREE * Math.hypot(north, east);
    }
}
