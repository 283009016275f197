package io.abelia.scheduler.http;

import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Passes problems on, the same one once a minute at most. Any thread. */
final class Once implements Consumer<String> {
    private static final long AGAIN_MS = 60_000;

    private final Consumer<Throwable> errors;
    private final LongSupplier clockMs;
    private String last = "";
    private long lastMs;

    Once(final Consumer<Throwable> errors, final LongSupplier clockMs) {
        this.errors = errors;
        this.clockMs = clockMs;
    }

    @Override
    public synchronized void accept(final String problem) {
        final long nowMs = clockMs.getAsLong();
        if (!problem.equals(last) || nowMs - lastMs >= AGAIN_MS) {
            last = problem;
            lastMs = nowMs;
            errors.accept(new IllegalStateException(problem));
        }
    }
}
