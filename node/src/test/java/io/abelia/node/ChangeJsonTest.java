package io.abelia.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.abelia.engine.Durability;
import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import io.abelia.engine.StoreKind;
import io.abelia.engine.clock.VectorClock;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.observe.Change;
import io.abelia.engine.observe.Subscription;
import io.abelia.engine.observe.TransactionHandler;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.Transaction;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is exported of a log can be committed again over HTTP. */
class ChangeJsonTest {
    private static final Cell KEY = Cell.of(CellType.FIRST_WRITER_REGISTER, TransactionsApi.KEYS, "job-1", "ms");

    private final List<List<Change>> transactions = new ArrayList<>();

    private void record(final Engine engine) throws IOException {
        try (Subscription log = engine.subscribe("", "", VectorClock.empty(), new TransactionHandler() {
            @Override
            public void onTransaction(
                    final long origin, final long seq, final long hybridTime, final List<Change> changes) {
                transactions.add(List.copyOf(changes));
            }

            @Override
            public void onReset(final VectorClock clock) {}
        })) {
            assertEquals(2, log.poll(10));
        }
    }

    @Test
    void shouldLeaveOutTheNodesOwnIdempotencyKeys() throws IOException {
        try (Engine engine = Engine.launch(new EngineContext()
                .durability(Durability.MEMORY)
                .store(StoreKind.MEMORY)
                .segmentBytes(2 << 20)
                .housekeepingThread(false))) {
            try (Transaction tx = engine.transaction()) {
                tx.increment("counters", "views", 1).set(KEY, 7).commitOrThrow();
            }
            try (Transaction tx = engine.transaction()) {
                tx.clear(KEY).commitOrThrow();
            }
            record(engine);
        }
        assertTrue(ChangeJson.isWorthwhile(transactions.get(0)));
        assertFalse(ChangeJson.isWorthwhile(transactions.get(1)), "a key that is forgotten");
        final StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            ChangeJson.write(json, transactions.get(0));
        }
        assertFalse(text.toString().contains(TransactionsApi.KEYS), text.toString());
        assertEquals(1, OperationJson.parse(text.toString()).size());
    }
}
