package io.abelia.scheduler.city;

/** Sizes of a city: brokers, executors, seconds of virtual time in which jobs come, jobs a second for each executor. */
public enum Size {
    SMALL(3, 15, 240, 0.15),
    MEDIUM(5, 70, 180, 0.15),
    METROPOLIS(8, 392, 90, 0.15);

    final int brokers;
    final int executors;
    final int seconds;
    final double jobsPerExecutor;

    Size(final int brokers, final int executors, final int seconds, final double jobsPerExecutor) {
        this.brokers = brokers;
        this.executors = executors;
        this.seconds = seconds;
        this.jobsPerExecutor = jobsPerExecutor;
    }

    public int nodes() {
        return brokers + executors;
    }
}
