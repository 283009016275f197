package io.abelia.engine.apply;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who enters again and again with work that may wait lets others in. */
class ExclusiveSectionTest {
    private static final int ENTRIES = 2_000;

    @Test
    @Timeout(60)
    void whoEntersBehindLetsOthersIn() throws InterruptedException {
        final ExclusiveSection section = new ExclusiveSection();
        final AtomicBoolean done = new AtomicBoolean();
        final long[] count = new long[2];
        final Thread scanning = new Thread(() -> {
            while (!done.get()) {
                section.enterBehind();
                count[0]++;
                section.leave();
            }
        });
        scanning.start();
        for (int i = 0; i < ENTRIES; i++) {
            section.enter();
            count[1]++;
            section.leave();
        }
        done.set(true);
        scanning.join();
        assertEquals(ENTRIES, count[1]);
        section.enterBehind(); // nobody waits: at once
        section.leave();
    }
}
