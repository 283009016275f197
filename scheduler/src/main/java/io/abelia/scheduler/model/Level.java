package io.abelia.scheduler.model;

/** How urgent a job or an emergency is. */
public enum Level {
    LOW(0),
    MEDIUM(1),
    HIGH(2),
    CRITICAL(3);

    private final int rank;

    Level(final int rank) {
        this.rank = rank;
    }

    /** 0 for the least. */
    public int rank() {
        return rank;
    }
}
