package io.abelia.engine.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.abelia.engine.codec.CellType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchemaTest {
    @TempDir
    private Path directory;

    private Path file(final String text) throws IOException {
        return Files.writeString(directory.resolve("schema"), text);
    }

    @Test
    void shouldReadTheDeclarationsThatAFileHolds() throws IOException {
        final Schema read = Schema.read(
                file("# carts\ncarts.items = add_wins_set\n\ncounters = COUNTER # no column\na.b.c = MAX\n"));
        final Schema built = Schema.builder()
                .declare("a.b", "c", CellType.MAX)
                .declare("counters", "", CellType.COUNTER)
                .declare("carts", "items", CellType.ADD_WINS_SET)
                .build();
        assertEquals(built, read);
        assertEquals(built.hash(), read.hash());
        assertNotEquals(
                built.hash(),
                Schema.builder().declare("a.b", "c", CellType.MIN).build().hash());
    }

    @Test
    void shouldNameFileLineAndReasonOfAWrongDeclaration() throws IOException {
        for (final String[] wrong : new String[][] {
            {"a.b = COUNTER\nnonsense\n", "line 2"},
            {"a.b = NUMBER\n", "NUMBER"},
            {"a.b = COUNTER\na.b = MAX\n", "line 2"},
            {".b = COUNTER\n", "line 1"}
        }) {
            final Path file = file(wrong[0]);
            final var refused = assertThrows(IllegalArgumentException.class, () -> Schema.read(file));
            assertTrue(
                    refused.getMessage().contains(wrong[1])
                            && refused.getMessage().contains(file.toString()),
                    refused.getMessage());
        }
    }
}
