package io.abelia.engine.transaction;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.abelia.engine.codec.CellType;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/**
 * Values and cells keep their bytes outside the heap, and lose them when nobody holds the object any more: which the compiler may find out while a
 * method of theirs still reads the bytes.
 */
class UnreachableValueTest {
    private static final int LOOPS = 800;
    private static final String TEXT = "0123456789abcdefghijklmnopqrstuvwxyz".repeat(800);
    private static final String NAME = "name".repeat(60);

    /** Nothing but the call itself holds the value. */
    private static String text() {
        return new Value().set(TEXT).asString();
    }

    private static boolean areEqual() {
        return new Value().set(TEXT).equals(new Value().set(TEXT));
    }

    private static String copied() {
        return new Value().set(new Value().set(TEXT)).asString();
    }

    private static String name() {
        return Cell.of(CellType.COUNTER, NAME, NAME, "").key();
    }

    @Test
    void whatIsReadLastIsReadWhole() throws InterruptedException {
        final AtomicBoolean done = new AtomicBoolean();
        final Thread collecting = new Thread(() -> {
            while (!done.get()) {
                System.gc();
            }
        });
        collecting.start();
        try {
            for (int i = 0; i < LOOPS; i++) {
                assertEquals(TEXT, text());
                assertEquals(TEXT, copied());
                assertEquals(true, areEqual());
                assertEquals(NAME, name());
            }
        } finally {
            done.set(true);
            collecting.join();
        }
    }
}
