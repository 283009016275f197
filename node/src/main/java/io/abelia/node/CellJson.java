package io.abelia.node;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.ValueKind;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.ReadView;
import io.abelia.engine.transaction.Snapshot;
import io.abelia.engine.transaction.Value;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/**
 * Cells as JSON: {@code {"table","key","column","type","value"}}. Sets and multi-value registers are arrays, numbers before text
 * before bytes, numbers numerically, text and bytes by their bytes; bytes are written as {@code {"hex":"..."}}; a set that
 * contains everything is {@code "universe"}. A running node adds {@code rights} to a bounded counter, what it may acquire of it.
 */
public final class CellJson {
    static final Comparator<Cell> ORDER = Comparator.comparing(
                    (Cell cell) -> bytes(cell.table()), Arrays::compareUnsigned)
            .thenComparing(cell -> bytes(cell.key()), Arrays::compareUnsigned)
            .thenComparing(cell -> bytes(cell.column()), Arrays::compareUnsigned)
            .thenComparing(cell -> cell.type().name());

    private static final Comparator<Value> ELEMENTS = (a, b) -> {
        if (a.kind() != b.kind()) {
            return a.kind().compareTo(b.kind());
        }
        return switch (a.kind()) {
            case LONG -> Long.compare(a.asLong(), b.asLong());
            case DOUBLE -> Double.compare(a.asDouble(), b.asDouble());
            case STRING -> Arrays.compareUnsigned(bytes(a.asString()), bytes(b.asString()));
            case BYTES -> Arrays.compareUnsigned(a.asBytes(), b.asBytes());
        };
    };

    private CellJson() {}

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** All cells of some tables, sorted. */
    public static List<Cell> cells(final Snapshot snapshot, final List<String> tables) {
        final List<Cell> cells = new ArrayList<>();
        for (final String table : tables) {
            snapshot.scan(table, "", cells::add);
        }
        cells.sort(ORDER);
        return cells;
    }

    /** Cells of one row, sorted. */
    public static List<Cell> row(final ReadView view, final String table, final String key) {
        final List<Cell> cells = new ArrayList<>();
        view.scanRow(table, key, cells::add);
        cells.sort(ORDER);
        return cells;
    }

    /** Cells of one table whose keys begin with a prefix, sorted. */
    static List<Cell> cells(final ReadView view, final String table, final String keyPrefix) {
        final List<Cell> cells = new ArrayList<>();
        view.scan(table, keyPrefix, cells::add);
        cells.sort(ORDER);
        return cells;
    }

    /** Writes cells as one array. */
    public static void writeArray(final PrintStream out, final ReadView view, final List<Cell> cells)
            throws IOException {
        try (JsonGenerator json = generator(out)) {
            json.writeStartArray();
            for (final Cell cell : cells) {
                json.writeRaw('\n');
                write(json, view, cell, false);
            }
            json.writeRaw('\n');
            json.writeEndArray();
            json.writeRaw('\n');
        }
    }

    /** Writes cells one a line. */
    public static void writeLines(final PrintStream out, final ReadView view, final List<Cell> cells)
            throws IOException {
        try (JsonGenerator json = generator(out)) {
            json.setRootValueSeparator(null);
            for (final Cell cell : cells) {
                write(json, view, cell, false);
                json.writeRaw('\n');
            }
        }
    }

    private static JsonGenerator generator(final PrintStream out) throws IOException {
        return new JsonFactory().createGenerator(out).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    }

    /** Writes one cell as its node sees it. */
    static void write(final JsonGenerator json, final ReadView view, final Cell cell) throws IOException {
        write(json, view, cell, true);
    }

    private static void write(final JsonGenerator json, final ReadView view, final Cell cell, final boolean withRights)
            throws IOException {
        json.writeStartObject();
        json.writeStringField("table", cell.table());
        json.writeStringField("key", cell.key());
        json.writeStringField("column", cell.column());
        json.writeStringField("type", cell.type().name());
        json.writeFieldName("value");
        writeValue(json, view, cell);
        if (withRights && cell.type() == CellType.BOUNDED_COUNTER) {
            json.writeNumberField("rights", view.readRights(cell));
        }
        json.writeEndObject();
    }

    private static void writeValue(final JsonGenerator json, final ReadView view, final Cell cell) throws IOException {
        switch (cell.type()) {
            case COUNTER -> json.writeNumber(view.readExact(cell));
            case PRODUCT -> writeProduct(json, view, cell);
            case MAX, MIN, BOUNDED_COUNTER, SKETCH -> json.writeNumber(view.readLong(cell));
            case DOUBLE_SUM, MAX_DOUBLE, MIN_DOUBLE -> json.writeNumber(view.readDouble(cell));
            case FLAG_OR, FLAG_AND, ENABLE_WINS, DISABLE_WINS -> json.writeBoolean(view.readFlag(cell));
            case LWW_REGISTER, FIRST_WRITER_REGISTER -> {
                final Value value = new Value();
                if (view.read(cell, value)) {
                    writeValue(json, value);
                } else {
                    json.writeNull();
                }
            }
            default -> writeAll(json, view, cell);
        }
    }

    private static void writeProduct(final JsonGenerator json, final ReadView view, final Cell cell)
            throws IOException {
        try {
            json.writeNumber(view.readExact(cell));
        } catch (final ArithmeticException e) {
            json.writeString("beyond 2^64");
        }
    }

    private static void writeAll(final JsonGenerator json, final ReadView view, final Cell cell) throws IOException {
        if (cell.type() == CellType.INTERSECT_SET && view.size(cell) == ReadView.UNIVERSE) {
            json.writeString("universe");
            return;
        }
        final List<Value> values = new ArrayList<>();
        final ReadView.ValueHandler copy = value -> values.add(new Value().set(value));
        if (cell.type() == CellType.MV_REGISTER) {
            view.readAll(cell, copy);
        } else {
            view.forEach(cell, copy);
        }
        values.sort(ELEMENTS);
        json.writeStartArray();
        for (final Value value : values) {
            writeValue(json, value);
        }
        json.writeEndArray();
    }

    /** Writes one value. */
    static void writeValue(final JsonGenerator json, final Value value) throws IOException {
        if (value.kind() == ValueKind.LONG) {
            json.writeNumber(value.asLong());
        } else if (value.kind() == ValueKind.DOUBLE) {
            json.writeNumber(value.asDouble());
        } else if (value.kind() == ValueKind.STRING) {
            json.writeString(value.asString());
        } else {
            json.writeStartObject();
            json.writeStringField("hex", HexFormat.of().formatHex(value.asBytes()));
            json.writeEndObject();
        }
    }
}
