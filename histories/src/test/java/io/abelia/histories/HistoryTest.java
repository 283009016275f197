package io.abelia.histories;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HistoryTest {
    private static final String TEXT = """
            # seed 7
            multi 2
            session
            w1 w3
            none
            session
            r1=0.0 r3=- w2
            r2=1.0,2.0 w1 r1=1.1
            session
            r3=? w2
            """;

    @Test
    void shouldReadTheTextThatItWrites() {
        assertEquals(TEXT, HistoryText.write(HistoryText.read(TEXT), "seed 7"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "r1=-",
                "session\nx",
                "session\nr1=0.1",
                "session\nr1=0.0",
                "session\nw1 w1",
                "session\nr1=0.0,0.0",
                "session\nr"
            })
    void shouldRefuseTextThatIsNoHistory(final String text) {
        assertThrows(RuntimeException.class, () -> HistoryText.read(text));
    }

    @Test
    void shouldFindWhoWroteWhatWasRead() {
        final HistoryRecorder recorder = new HistoryRecorder().multiValue(2);
        final RecordedSession first = recorder.session();
        final RecordedSession second = recorder.session();
        first.write(1, 10).write(2, 11).committed();
        second.read(2, 11, 31).read(3).write(2, 20).committed();
        first.write(1, 12).aborted();
        first.read(1, 12).read(2, 10).write(2, 31).unknown();
        assertEquals("""
                multi 2
                session
                w1 w2
                r1=? r2=? w2
                session
                r2=0.0,0.1 r3=- w2
                """, HistoryText.write(recorder.build(), ""));
        assertThrows(IllegalStateException.class, () -> first.read(1));
    }

    @Test
    void shouldRefuseOneValueThatWasWrittenTwice() {
        final HistoryRecorder recorder = new HistoryRecorder();
        recorder.session().write(1, 10).committed();
        recorder.session().write(2, 10).committed();
        assertThrows(IllegalArgumentException.class, recorder::build);
    }

    @Test
    void shouldMergeSessionsOfSeveralThreads() throws InterruptedException {
        final HistoryRecorder recorder = new HistoryRecorder();
        final List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            final long values = i * 1000L;
            threads.add(new Thread(() -> {
                final RecordedSession session = recorder.session();
                for (int t = 0; t < 1000; t++) {
                    session.write((int) (values / 1000), values + t).committed();
                }
            }));
        }
        threads.forEach(Thread::start);
        for (final Thread thread : threads) {
            thread.join();
        }
        final History history = recorder.build();
        assertEquals(4, history.sessions());
        assertEquals(4000, history.transactions());
        assertTrue(CausalConsistencyChecker.check(history).isAccepted());
    }
}
