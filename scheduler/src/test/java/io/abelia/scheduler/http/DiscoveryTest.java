package io.abelia.scheduler.http;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class DiscoveryTest {
    private static final long PATIENCE_NS = 30_000_000_000L;

    @Test
    void shouldFindABrokerThatTellsOfItself() throws Exception {
        try (Discovery broker = new Discovery("127.0.0.1");
                Discovery executor = new Discovery("127.0.0.1")) {
            broker.announce("b7", 7007);
            final long startNs = System.nanoTime();
            List<String> found = executor.brokers();
            while (found.isEmpty()) {
                assertTrue(System.nanoTime() - startNs < PATIENCE_NS, "not found in time");
                LockSupport.parkNanos(50_000_000);
                found = executor.brokers();
            }
            assertTrue(found.get(0).endsWith(":7007"), found.toString());
        }
    }
}
