package io.abelia.bench.suite;

import io.abelia.coordination.client.CoordinationClient;
import io.abelia.coordination.client.CoordinationClientContext;
import io.abelia.coordination.member.MemberProcess;
import io.abelia.coordination.member.Members;
import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.schema.Schema;
import io.abelia.engine.transaction.CommitResult;
import io.abelia.engine.transaction.Transaction;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Three coordination members, a process each, and an engine here that commits through them. */
final class Group implements AutoCloseable {
    private static final int MEMBERS = 3;
    private static final int PORTS = 5;
    private static final int HEARTBEAT_MS = 2000;

    private final List<Process> processes = new ArrayList<>();
    private final CoordinationClient client;
    private final Engine engine;

    Group(final Path directory, final boolean forced, final String idle) throws IOException {
        final String members = IntStream.range(0, MEMBERS)
                .mapToObj(member -> member + "=localhost:" + Net.freePorts(PORTS))
                .collect(Collectors.joining(","));
        for (int i = 0; i < MEMBERS; i++) {
            processes.add(Jvm.start(
                    List.of("-Xmx512m"),
                    MemberProcess.class.getName(),
                    members,
                    Integer.toString(i),
                    directory.resolve("member-" + i).toString(),
                    forced ? "forced" : "unforced",
                    idle,
                    Integer.toString(HEARTBEAT_MS)));
        }
        client = CoordinationClient.launch(new CoordinationClientContext()
                .members(Members.parse(members))
                .timeout(Duration.ofSeconds(60))
                .idleStrategy(MemberProcess.idle(idle).get()));
        engine = Engine.launch(new EngineContext()
                .durability(Durability.MEMORY)
                .store(StoreKind.MEMORY)
                .segmentBytes(2 << 20)
                .schema(Schema.builder().coordinated("counters").build())
                .coordinator(client));
        try (Transaction tx = engine.transaction()) {
            tx.increment("counters", "first", 1);
            final CommitResult result = tx.commit(); // waits until somebody leads
            if (result != CommitResult.COMMITTED) {
                throw new IllegalStateException(result + ": " + tx.failedCondition());
            }
        }
    }

    Engine engine() {
        return engine;
    }

    @Override
    public void close() throws IOException {
        engine.close();
        client.close();
        processes.forEach(Jvm::stop);
    }
}
