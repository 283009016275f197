package io.abelia.node;

import static io.abelia.node.Calls.get;
import static io.abelia.node.Calls.post;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.coordination.member.CoordinationMemberContext;
import io.abelia.coordination.member.Members;
import io.abelia.engine.StoreKind;
import io.abelia.engine.schema.Schema;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that runs the only member of a coordination group, over HTTP. */
class CoordinatedNodeTest {
    private static final int PORTS = 5;

    @TempDir
    private Path directory;

    static Members freeMember() throws IOException {
        for (int port = 23_000; port < 24_000; port += PORTS) {
            if (areFree(port)) {
                return Members.parse("0=localhost:" + port);
            }
        }
        throw new IOException("no free ports");
    }

    private static boolean areFree(final int first) throws IOException {
        for (int port = first; port < first + PORTS; port++) {
            try (DatagramSocket socket = new DatagramSocket(null)) {
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            } catch (final BindException e) {
                return false;
            }
        }
        return true;
    }

    private Node launch() throws IOException {
        final NodeContext context = new NodeContext();
        context.engine()
                .directory(directory.resolve("node"))
                .store(StoreKind.MEMORY)
                .segmentBytes(4 << 20)
                .schema(Schema.builder().coordinated("accounts").build())
                .joiner(true);
        context.coordination(freeMember())
                .coordinationMember(new CoordinationMemberContext()
                        .member(0)
                        .forced(false)
                        .firstStart(true)
                        .directory(directory.resolve("coordination")));
        context.replicator().unicast("127.0.0.1:0", Map.of()).insecure();
        context.replicator().replica().node(1).found(5).foundDelayNs(0);
        return Node.launch(context);
    }

    private static String transaction(final String... operations) {
        return "{\"operations\":[" + String.join(",", operations) + "]}";
    }

    private static String operation(final String op, final String key, final int value) {
        return "{\"op\":\"" + op + "\",\"table\":\"accounts\",\"key\":\"" + key + "\",\"value\":" + value + "}";
    }

    @Test
    void shouldCommitConditionallyAndTellWhyNot() throws IOException {
        try (Node node = launch()) {
            final HttpResponse<String> committed = post(
                    node,
                    "/v1/transactions",
                    transaction(operation("increment", "ann", 10), operation("returning", "ann", 0)));
            assertEquals(200, committed.statusCode(), committed.body());
            assertTrue(committed.body().contains("\"value\":10"), committed.body());
            final HttpResponse<String> refused = post(
                    node,
                    "/v1/transactions",
                    transaction(operation("requireAtLeast", "ann", 11), operation("decrement", "ann", 11)));
            assertEquals(409, refused.statusCode(), refused.body());
            assertTrue(refused.body().contains("CONDITION_FAILED: accounts/ann at least 11"), refused.body());
            final HttpResponse<String> taken =
                    post(node, "/v1/transactions", transaction(operation("setIfAbsent", "name", 1)));
            assertEquals(200, taken.statusCode(), taken.body());
            assertEquals(
                    409,
                    post(node, "/v1/transactions", transaction(operation("setIfAbsent", "name", 2)))
                            .statusCode());
            final HttpResponse<String> read = get(node, "/v1/cells/accounts/ann");
            assertTrue(read.body().contains("\"clock\":\"coordinated\""), read.body());
            assertTrue(read.body().contains("\"value\":10"), read.body());
        }
    }
}
