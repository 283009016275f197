package io.abelia.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.TransactionMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The code of the README compiles, runs, and is this code. */
class ReadmeTest {
    @TempDir
    private Path directory;

    @Test
    void shouldRunTheCodeOfTheReadme() throws IOException {
        // begin
        try (Engine engine = Engine.launch(new EngineContext().directory(directory))) {
            Cell views = engine.cell(CellType.COUNTER, "counters", "page_views");
            try (Transaction tx = engine.transaction().mode(TransactionMode.COORDINATION_FREE)) {
                tx.increment(views, 1);
                tx.addToSet("users", "user_123", "tags", "premium");
                tx.commitOrThrow();
            }
            System.out.println(engine.latest().readLong(views));
        }
        // end
        try (Engine engine = Engine.launch(new EngineContext().directory(directory))) {
            assertEquals(1, engine.latest().readLong(engine.cell(CellType.COUNTER, "counters", "page_views")));
        }
    }

    @Test
    void shouldShowInTheReadmeTheCodeThatRuns() throws IOException {
        final Path root = JvmOptions.file().getParent().getParent();
        final String source =
                Files.readString(root.resolve("engine-core/src/test/java/io/abelia/engine/ReadmeTest.java"));
        final String code = source.substring(source.indexOf("// begin") + 8, source.indexOf("// end"));
        final String readme = Files.readString(root.resolve("README.md"));
        assertTrue(squeeze(readme).contains(squeeze(code)), code);
    }

    private static String squeeze(final String text) {
        return text.replaceAll("\\s+", " ").strip();
    }
}
