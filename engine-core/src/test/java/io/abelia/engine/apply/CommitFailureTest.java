package io.abelia.engine.apply;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.abelia.engine.Cluster;
import io.abelia.engine.Engine;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.log.LogReader;
import io.abelia.engine.log.LogSegmentStorage;
import io.abelia.engine.log.LogStorage;
import io.abelia.engine.log.MemoryLogStorage;
import io.abelia.engine.status.DeliveryResult;
import io.abelia.engine.transaction.Transaction;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What goes wrong before a record is in the log is that transaction's affair; what goes wrong behind that ends the engine. */
class CommitFailureTest {
    private static final class Planted extends Error {
        private static final long serialVersionUID = 1L;
    }

    /** A transaction of no operations, of which one method throws. */
    private static LocalTransaction throwing(final String method) {
        return (LocalTransaction) Proxy.newProxyInstance(
                LocalTransaction.class.getClassLoader(),
                new Class<?>[] {LocalTransaction.class},
                (proxy, called, arguments) -> {
                    if (called.getName().equals(method)) {
                        throw new Planted();
                    }
                    final Class<?> type = called.getReturnType();
                    if (type == long.class) {
                        return 0L;
                    }
                    if (type == int.class) {
                        return 0;
                    }
                    return type == boolean.class ? (Object) false : null;
                });
    }

    private static void count(final Engine engine, final String key) {
        try (Transaction tx = engine.transaction()) {
            tx.increment("t", key, 1).commitOrThrow();
        }
    }

    private static void requirePeerAgrees(final Engine engine) throws IOException {
        try (Engine peer = Engine.launch(Cluster.small(new Random(9), () -> 1));
                LogReader reader = engine.logReader()) {
            reader.poll(
                    (buffer, offset, length) ->
                            assertEquals(DeliveryResult.APPLIED, peer.onRemote(buffer, offset, length)),
                    Integer.MAX_VALUE);
            assertEquals(engine.digest(), peer.digest());
        }
    }

    @Test
    void shouldFailTheTransactionAloneBeforeItsRecordIsInTheLog() throws IOException {
        try (Engine engine = Engine.launch(Cluster.small(new Random(1), () -> 1))) {
            count(engine, "k");
            for (final String method : List.of(
                    "isExpired", "beginVersion", "spends", "operationsLength", "usesObservedClock", "operations")) {
                final long position = engine.kernel().log().appendPosition();
                assertThrows(Planted.class, () -> engine.kernel().commit(throwing(method)), method);
                assertNull(engine.kernel().failure(), method);
                assertEquals(position, engine.kernel().log().appendPosition(), method);
                count(engine, "k");
            }
            assertEquals(7, engine.latest().readLong(engine.cell(CellType.COUNTER, "t", "k")));
            requirePeerAgrees(engine);
        }
    }

    @Test
    void shouldFailTheEngineOnceTheRecordIsInTheLog() throws IOException {
        try (Engine engine = Engine.launch(Cluster.small(new Random(1), () -> 1))) {
            count(engine, "k");
            assertThrows(Planted.class, () -> engine.kernel().commit(throwing("onCommitted")));
            assertNotNull(engine.kernel().failure());
        }
    }

    @Test
    void shouldGoOnWhenThereWasNoMemoryForASegment() throws IOException {
        final boolean[] exhausted = {false};
        final MemoryLogStorage memory = new MemoryLogStorage();
        final LogStorage storage = (LogStorage) Proxy.newProxyInstance(
                LogStorage.class.getClassLoader(), new Class<?>[] {LogStorage.class}, (proxy, called, arguments) -> {
                    if (exhausted[0] && called.getReturnType() == LogSegmentStorage.class) {
                        throw new OutOfMemoryError("planted");
                    }
                    try {
                        return called.invoke(memory, arguments);
                    } catch (final InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        try (Engine engine = Engine.launch(Cluster.small(new Random(1), () -> 1).logStorage(storage))) {
            exhausted[0] = true;
            long committed = 0;
            Throwable thrown = null;
            while (thrown == null) {
                try {
                    count(engine, "k");
                    committed++;
                } catch (final OutOfMemoryError e) {
                    thrown = e;
                }
            }
            assertNull(engine.kernel().failure());
            exhausted[0] = false;
            count(engine, "k");
            assertEquals(committed + 1, engine.latest().readLong(engine.cell(CellType.COUNTER, "t", "k")));
            requirePeerAgrees(engine);
        }
    }
}
