package io.abelia.proofs.histories;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.histories.CausalConsistencyChecker;
import io.abelia.histories.History;
import io.abelia.histories.HistoryAssembler;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How much escapes: in a recorded history one read is set back by one write, as if the node had served it from before that write. Where the
 * reader knew of that write in no other way this is consistent; else it has to be rejected.
 */
class SetBackHistoryTest {
    private static final long SEED = Long.getLong("histories.seed", 21);
    private static final int TRANSACTIONS = 600;
    private static final int TRIES = 200;

    @TempDir
    private Path directory;

    @Test
    void shouldRejectMostHistoriesInWhichOneReadIsSetBack() throws IOException {
        final History history =
                EmbeddedRun.record(RunPlan.of(SEED, TRANSACTIONS), directory).history();
        final Random random = new Random(SEED);
        int changed = 0;
        int rejected = 0;
        while (changed < TRIES) {
            final int read = random.nextInt(history.operations());
            if (!history.isExternalRead(read) || history.writerCount(read) == 0) {
                continue;
            }
            final int writer = history.writer(read, 0);
            final int before = history.externalReadOf(writer, history.key(read));
            if (before >= 0) {
                changed++;
                rejected += CausalConsistencyChecker.check(setBack(history, read, before))
                                .isAccepted()
                        ? 0
                        : 1;
            }
        }
        System.out.println(
                "seed " + SEED + ": " + rejected + " of " + changed + " reads that were set back are noticed");
        assertTrue(rejected > TRIES / 2);
    }

    private static History setBack(final History history, final int changed, final int before) {
        final HistoryAssembler assembler = new HistoryAssembler();
        IntStream.range(0, history.keys()).filter(history::isMultiValue).forEach(assembler::multiValue);
        for (int session = 0; session < history.sessions(); session++) {
            assembler.session();
            for (int t = history.firstOf(session); t < history.endOf(session); t++) {
                assembler.transaction();
                for (int o = history.firstOperation(t); o < history.endOperation(t); o++) {
                    if (history.isWrite(o)) {
                        assembler.write(history.key(o));
                    } else {
                        assembler.read(
                                history.key(o),
                                o == changed ? setBackWriters(history, o, before) : writers(history, o));
                    }
                }
            }
        }
        return assembler.build();
    }

    private static int[] setBackWriters(final History history, final int read, final int before) {
        return IntStream.concat(IntStream.of(writers(history, read)).skip(1), IntStream.of(writers(history, before)))
                .distinct()
                .toArray();
    }

    private static int[] writers(final History history, final int read) {
        return IntStream.range(0, history.writerCount(read))
                .map(i -> history.writer(read, i))
                .toArray();
    }
}
