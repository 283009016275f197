package io.abelia.coordination;

import io.abelia.coordination.client.CoordinationClient;
import io.abelia.coordination.client.CoordinationClientContext;
import io.abelia.coordination.member.CoordinationMember;
import io.abelia.coordination.member.CoordinationMemberContext;
import io.abelia.coordination.member.Members;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Three members in this JVM, on free ports of the loopback interface. */
final class Group implements AutoCloseable {
    private static final int PORTS = 5;
    private static final int FIRST_PORT = 21_000;
    private static final int LAST_PORT = 31_000;
    private static final long DEADLINE_NS = 60_000_000_000L;

    private final Members members;
    private final Path directory;
    private final long snapshotIntervalBytes;
    private final Map<Integer, CoordinationMember> running = new TreeMap<>();

    Group(final Path directory, final int size, final long snapshotIntervalBytes) throws IOException {
        this.members = freeMembers(size);
        this.directory = directory;
        this.snapshotIntervalBytes = snapshotIntervalBytes;
        for (int i = 0; i < size; i++) {
            start(i);
        }
    }

    /** So many members on free ports of this machine. */
    static Members freeMembers(final int size) {
        final int[] port = {FIRST_PORT + (int) (ProcessHandle.current().pid() % 100) * 50};
        return Members.parse(IntStream.range(0, size)
                .mapToObj(member -> {
                    while (!areFree(port[0])) {
                        port[0] += PORTS;
                    }
                    final String text = member + "=localhost:" + port[0];
                    port[0] += PORTS;
                    return text;
                })
                .collect(Collectors.joining(",")));
    }

    private static boolean areFree(final int first) {
        if (first > LAST_PORT) {
            throw new IllegalStateException("no free ports up to " + LAST_PORT);
        }
        for (int port = first; port < first + PORTS; port++) {
            try (DatagramSocket socket = new DatagramSocket(null)) {
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            } catch (final IOException e) {
                return false;
            }
        }
        return true;
    }

    Members members() {
        return members;
    }

    void start(final int member) throws IOException {
        running.put(
                member,
                CoordinationMember.launch(new CoordinationMemberContext()
                        .members(members)
                        .member(member)
                        .forced(false)
                        .heartbeatTimeout(Duration.ofSeconds(1))
                        .snapshotIntervalBytes(snapshotIntervalBytes)
                        .directory(directory.resolve("m" + member))
                        .firstStart(!Files.exists(directory.resolve("m" + member)))));
    }

    void stop(final int member) throws IOException {
        final CoordinationMember stopped = running.remove(member);
        if (stopped != null) {
            stopped.close();
        }
    }

    CoordinationMember member(final int member) {
        final CoordinationMember found = running.get(member);
        if (found == null) {
            throw new IllegalStateException("member " + member + " does not run");
        }
        return found;
    }

    Map<Integer, CoordinationMember> running() {
        return running;
    }

    CoordinationClient client(final Duration timeout) {
        return CoordinationClient.launch(
                new CoordinationClientContext().members(members).timeout(timeout));
    }

    /** Waits until something holds. */
    static void await(final String what, final BooleanSupplier condition) throws InterruptedException {
        final long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > DEADLINE_NS) {
                throw new AssertionError(
                        "within " + DEADLINE_NS / 1_000_000_000L + " s it did not come true that " + what);
            }
            Thread.sleep(5);
        }
    }

    @Override
    public void close() throws IOException {
        for (final int member : running.keySet().stream().toList()) {
            stop(member);
        }
    }
}
