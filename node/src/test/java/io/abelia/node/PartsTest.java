package io.abelia.node;

import static io.abelia.node.Calls.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a thread of a node ends by itself, readiness, status and metrics tell of it, and whoever runs the node knows that it has to start it again. */
class PartsTest {
    private static final long DEADLINE_NS = 30_000_000_000L;
    private static final int NUMBER = 4711;

    @TempDir
    private Path directory;

    private Node node;

    @BeforeEach
    void start() throws IOException {
        node = Calls.alone(directory.resolve("node"), NUMBER);
    }

    @AfterEach
    void stop() throws IOException {
        node.close();
    }

    private static void until(final BooleanSupplier condition) {
        final long startNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - startNs < DEADLINE_NS, "not reached in time");
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static void interrupt(final String name) {
        Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(name))
                .forEach(Thread::interrupt);
    }

    private void requireTold(final String part, final String what) {
        until(() -> get(node, "/ready").statusCode() == 503);
        assertTrue(
                get(node, "/ready").body().contains(what), get(node, "/ready").body());
        assertTrue(get(node, "/v1/status").body().contains(what));
        assertTrue(get(node, "/metrics").body().contains("abelia_part_up{part=\"" + part + "\"} 0"));
        assertTrue(get(node, "/metrics").body().contains("abelia_ready 0"));
        assertNotNull(node.failure());
        assertEquals(200, get(node, "/health").statusCode());
    }

    @Test
    void anEndOfReplicationIsTold() {
        assertTrue(get(node, "/metrics").body().contains("abelia_part_up{part=\"replication\"} 1"));
        assertNull(node.failure());
        interrupt("abelia-replica-" + NUMBER);
        requireTold("replication", "replication has ended");
        assertEquals(503, get(node, "/v1/members").statusCode(), "who asks the thread is not left waiting");
    }
}
