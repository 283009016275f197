package io.abelia.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.cli.CommandsTest.Outcome;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.transaction.Transaction;
import io.abelia.node.Node;
import io.abelia.node.NodeContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a directory that is out of its group holds is exported, and committed again through a node of the group. */
class UnseenTest {
    @TempDir
    private Path directory;

    private Node node() throws IOException {
        final NodeContext context = new NodeContext();
        context.engine()
                .directory(directory.resolve("node"))
                .store(StoreKind.MEMORY)
                .segmentBytes(4 << 20)
                .joiner(true);
        context.replicator().unicast("127.0.0.1:0", Map.of()).insecure();
        context.replicator().replica().node(1).found(5).foundDelayNs(0);
        final Node node = Node.launch(context);
        while (!node.engine().isJoined()) {
            LockSupport.parkNanos(1_000_000);
        }
        return node;
    }

    private Path lost(final int transactions) throws IOException {
        final Path lost = directory.resolve("lost");
        try (Engine engine = Engine.launch(new EngineContext().directory(lost).segmentBytes(2 << 20))) {
            for (int i = 0; i < transactions; i++) {
                try (Transaction tx = engine.transaction()) {
                    tx.increment("counters", "only-here", 1);
                    tx.addToSet("users", "u" + i, "tags", "t");
                    tx.commitOrThrow();
                }
            }
        }
        return lost;
    }

    @Test
    void everyTransactionThatOnlyADirectoryHoldsIsExportedAndCanBeCommittedAgain() throws IOException {
        final Path lost = lost(25);
        try (Node node = node()) {
            final String url = "http://127.0.0.1:" + node.httpPort();
            final String token = node.httpTokenFile().toString();
            final Outcome unseen =
                    CommandsTest.run("unseen", "--dir", lost.toString(), "--node", url, "--token-file", token);
            assertEquals(0, unseen.code(), unseen.err());
            assertEquals(25, unseen.out().lines().count());
            assertTrue(unseen.err().contains("25 transactions"), unseen.err());
            assertFalse(unseen.err().contains("gone"), unseen.err());
            final Path file = Files.writeString(directory.resolve("unseen.jsonl"), unseen.out());
            final Outcome loaded = CommandsTest.run("load", file.toString(), "--node", url, "--token-file", token);
            assertEquals(0, loaded.code(), loaded.err());
            try (Transaction tx = node.engine().transaction()) {
                assertEquals(
                        25,
                        tx.reads()
                                .readLong(node.engine()
                                        .cell(io.abelia.engine.codec.CellType.COUNTER, "counters", "only-here")));
            }
        }
    }
}
