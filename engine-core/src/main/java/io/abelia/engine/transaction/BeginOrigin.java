package io.abelia.engine.transaction;

import org.jspecify.annotations.Nullable;

/**
 * Where something was begun that is open for long.
 *
 * @param thread name of the thread
 * @param stack where it was, if the engine was told to remember
 */
record BeginOrigin(String thread, @Nullable Throwable stack) {
    /** This thread, now. */
    static BeginOrigin here(final boolean withStack) {
        return new BeginOrigin(Thread.currentThread().getName(), withStack ? new Throwable("it was begun here") : null);
    }

    /** A report of it, which tells the stack if it is known. */
    IllegalStateException report(final String message) {
        return new IllegalStateException(message, stack);
    }
}
