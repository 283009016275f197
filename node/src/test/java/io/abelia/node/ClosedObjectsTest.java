package io.abelia.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.coordination.client.CoordinationClient;
import io.abelia.coordination.client.CoordinationClientContext;
import io.abelia.coordination.member.CoordinationMember;
import io.abelia.coordination.member.CoordinationMemberContext;
import io.abelia.coordination.member.Members;
import io.abelia.coordination.state.CoordinatedState;
import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.clock.SessionToken;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.observe.Change;
import io.abelia.engine.observe.TransactionHandler;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.Value;
import io.abelia.replication.Replicator;
import io.abelia.replication.ReplicatorContext;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every public method of every object that can be closed is called once it is closed, and those that only ask are called while it closes: none
 * may reach memory that is no longer mapped, which would end the process instead of failing a test.
 */
class ClosedObjectsTest {
    private static final Set<String> NOT_CALLED = Set.of("wait", "notify", "notifyAll", "getClass");

    @TempDir
    private Path directory;

    private @Nullable Object sample(final Class<?> type) {
        if (type == String.class || type == CharSequence.class) {
            return "t";
        } else if (type == long.class || type == Long.class) {
            return 1L;
        } else if (type == int.class) {
            return 1;
        } else if (type == boolean.class) {
            return false;
        } else if (type == double.class) {
            return 1.0;
        } else if (type == Cell.class) {
            return Cell.of(CellType.COUNTER, "t", "k", "n");
        } else if (type == Value.class) {
            return new Value();
        } else if (type == Duration.class) {
            return Duration.ofMillis(1);
        } else if (type == Path.class) {
            return directory.resolve("argument");
        } else if (type == DirectBuffer.class) {
            return new UnsafeBuffer(new byte[200]);
        } else if (type == VectorClock.class) {
            return VectorClock.empty();
        } else if (type == SessionToken.class) {
            return SessionToken.of(1, 1);
        } else if (type.isEnum()) {
            return type.getEnumConstants()[0];
        } else if (type.isInterface()) {
            return Proxy.newProxyInstance(
                    type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> null);
        }
        return null;
    }

    private static List<Method> methods(final Object object) {
        final List<Method> found = new ArrayList<>();
        for (final Method method : object.getClass().getMethods()) {
            final boolean reachable =
                    Modifier.isPublic(method.getDeclaringClass().getModifiers());
            if (reachable && !Modifier.isStatic(method.getModifiers()) && !NOT_CALLED.contains(method.getName())) {
                found.add(method);
            }
        }
        for (final Class<?> face : object.getClass().getInterfaces()) {
            if (Modifier.isPublic(face.getModifiers())) {
                found.addAll(List.of(face.getMethods()));
            }
        }
        return found;
    }

    /** Whatever it throws is an answer, but for an error of the virtual machine. */
    private void call(final Object object, final Method method) throws IllegalAccessException {
        final Object[] arguments = new Object[method.getParameterCount()];
        for (int i = 0; i < arguments.length; i++) {
            arguments[i] = sample(method.getParameterTypes()[i]);
        }
        try {
            method.invoke(object, arguments);
        } catch (final InvocationTargetException e) {
            assertTrue(
                    !(e.getCause() instanceof VirtualMachineError),
                    () -> object.getClass() + "." + method.getName() + ": " + e.getCause());
        }
    }

    private static boolean onlyAsks(final Method method) {
        return method.getParameterCount() == 0
                && method.getReturnType() != void.class
                && !AutoCloseable.class.isAssignableFrom(method.getReturnType())
                && !method.getName().startsWith("write")
                && !method.getName().startsWith("commit");
    }

    private int callAll(final Object object) throws IllegalAccessException {
        int called = 0;
        for (final Method method : methods(object)) {
            call(object, method);
            called++;
        }
        return called;
    }

    private static final TransactionHandler NOBODY = new TransactionHandler() {
        @Override
        public void onTransaction(
                final long origin, final long seq, final long hybridTime, final List<Change> changes) {}

        @Override
        public void onReset(final VectorClock clock) {}
    };

    private Map<String, AutoCloseable> launched() throws Exception {
        final Map<String, AutoCloseable> all = new LinkedHashMap<>();
        final Engine engine = Engine.launch(new EngineContext()
                .directory(directory.resolve("engine"))
                .segmentBytes(2 << 20)
                .durability(Durability.PROCESS));
        final ReplicatorContext context = new ReplicatorContext()
                .unicast("127.0.0.1:0", Map.of())
                .insecure()
                .engine(engine);
        context.replica().node(1).found(5).foundDelayNs(0);
        final Transaction tx = engine.transaction();
        assertEquals(CommitResult.COMMITTED, tx.increment("t", "k", "n", 1).commit());
        all.put("open transaction", engine.transaction());
        all.put("ended transaction", tx);
        all.put("snapshot", engine.snapshot());
        all.put("subscription", engine.subscribe("", "", VectorClock.empty(), NOBODY));
        all.put("log reader", engine.logReader());
        all.put("replicator", Replicator.launch(context));
        all.put("engine", engine);
        final Members members = CoordinatedNodeTest.freeMember();
        all.put(
                "client",
                CoordinationClient.launch(
                        new CoordinationClientContext().members(members).timeout(Duration.ofMillis(10))));
        all.put(
                "member",
                CoordinationMember.launch(new CoordinationMemberContext()
                        .members(members)
                        .member(0)
                        .firstStart(true)
                        .forced(false)
                        .directory(directory.resolve("member"))));
        all.put("coordinated state", new CoordinatedState());
        return all;
    }

    @Test
    @Timeout(60)
    void everyMethodOfAClosedObjectIsAnswered() throws Exception {
        final Map<String, AutoCloseable> all = launched();
        final Map<String, Object> views = new LinkedHashMap<>(all);
        if (all.get("engine") instanceof Engine engine) {
            views.put("latest", engine.latest());
            views.put("status", engine.status());
        }
        if (all.get("replicator") instanceof Replicator replicator) {
            views.put("transport status", replicator.status());
        }
        if (all.get("open transaction") instanceof Transaction open) {
            views.put("reads", open.reads());
        }
        final AtomicBoolean done = new AtomicBoolean();
        final List<Throwable> problems = new ArrayList<>();
        final Thread asking = new Thread(() -> {
            try {
                while (!done.get()) {
                    for (final Object object : views.values()) {
                        for (final Method method : methods(object)) {
                            if (onlyAsks(method) && !(object instanceof CoordinatedState)) {
                                call(object, method);
                            }
                        }
                    }
                }
            } catch (final IllegalAccessException | RuntimeException | Error e) {
                problems.add(e);
            }
        });
        asking.start();
        for (final AutoCloseable each : all.values()) {
            each.close();
        }
        done.set(true);
        asking.join();
        assertEquals(List.of(), problems);
        int called = 0;
        for (final Object object : views.values()) {
            called += callAll(object);
        }
        assertTrue(called > 200, called + " methods were called");
    }
}
