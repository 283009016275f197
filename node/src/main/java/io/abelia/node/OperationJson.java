package io.abelia.node;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.ElementList;
import io.abelia.engine.transaction.Transaction;
import io.abelia.engine.transaction.Value;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Transactions as JSON, one a line: {@code {"operations":[{"op":"increment","table":"counters","key":"views","value":1}, ...]}}. An
 * operation has {@code op}, {@code table}, {@code key}, and as needed {@code column}, {@code type}, {@code value} or
 * {@code values}. Operations: increment, decrement, addDouble, multiply, max, min, setFlag, enable, disable, add, remove, clear, set,
 * intersect, release, acquire, transfer (with {@code node}), count, raise, removeRow.
 */
public final class OperationJson {
    private static final JsonFactory FACTORY = new JsonFactory();

    /** Operations that only mode COORDINATED knows. */
    private static final Set<String> CONDITIONAL =
            Set.of("requireAtLeast", "requireValue", "requireAbsent", "returning", "setIfAbsent", "compareAndSet");

    private static final Set<String> FIELDS =
            new TreeSet<>(Set.of("op", "table", "key", "column", "type", "value", "values", "expected", "node"));

    private OperationJson() {}

    /**
     * Reads a line.
     *
     * @throws IllegalArgumentException with the reason, for a line that is no transaction
     */
    public static List<Map<String, Object>> parse(final String line) {
        try (JsonParser parser = FACTORY.createParser(line)) {
            expect(parser.nextToken() == JsonToken.START_OBJECT, "a line must be a JSON object");
            expect("operations".equals(parser.nextFieldName()), "the object must have one field, operations");
            expect(parser.nextToken() == JsonToken.START_ARRAY, "operations must be an array");
            final List<Map<String, Object>> operations = new ArrayList<>();
            while (parser.nextToken() == JsonToken.START_OBJECT) {
                operations.add(readObject(parser));
            }
            expect(parser.currentToken() == JsonToken.END_ARRAY, "every operation must be an object");
            expect(
                    parser.nextToken() == JsonToken.END_OBJECT && parser.nextToken() == null,
                    "nothing may follow operations");
            expect(!operations.isEmpty(), "operations must not be empty");
            return operations;
        } catch (final IOException e) {
            final String problem =
                    e instanceof JsonProcessingException json ? json.getOriginalMessage() : e.getMessage();
            throw new IllegalArgumentException("not JSON: " + problem, e);
        }
    }

    private static void expect(final boolean holds, final String rule) {
        if (!holds) {
            throw new IllegalArgumentException("not a transaction: " + rule);
        }
    }

    private static Map<String, Object> readObject(final JsonParser parser) throws IOException {
        final Map<String, Object> fields = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            final String name = parser.currentName();
            if (!FIELDS.contains(name)) {
                throw new IllegalArgumentException("an operation has no field " + name + "; there are " + FIELDS);
            }
            parser.nextToken();
            if (fields.put(name, readValue(parser)) != null) {
                throw new IllegalArgumentException("an operation has field " + name + " twice");
            }
        }
        return fields;
    }

    private static Object readValue(final JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case VALUE_NUMBER_INT -> parser.getBigIntegerValue();
            case VALUE_NUMBER_FLOAT -> {
                final double number = parser.getDoubleValue();
                if (Double.isInfinite(number)) {
                    throw new IllegalArgumentException(parser.getText() + " is beyond what a double holds");
                }
                yield number;
            }
            case VALUE_STRING -> wellFormed(parser.getText());
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case START_ARRAY -> {
                final List<Object> values = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    values.add(readValue(parser));
                }
                yield values;
            }
            default -> throw new IllegalArgumentException("a value is a number, text, true, false or an array of them");
        };
    }

    /** Half of a pair of surrogates is no character: it would come back as another text. */
    private static String wellFormed(final String text) {
        for (int i = 0; i < text.length(); i++) {
            final char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new IllegalArgumentException("a text holds half of a surrogate pair, at character " + i);
            }
        }
        return text;
    }

    /** Puts operations into a transaction. */
    public static void apply(final Transaction tx, final List<Map<String, Object>> operations) {
        operations.forEach(operation -> apply(tx, operation));
    }

    private static void apply(final Transaction tx, final Map<String, Object> fields) {
        final String op = text(fields, "op");
        final String table = text(fields, "table");
        final String key = text(fields, "key");
        if (op.equals("removeRow")) {
            tx.removeRow(table, key);
            return;
        }
        if (CONDITIONAL.contains(op)) {
            applyConditional(tx, op, fields);
            return;
        }
        final Cell cell =
                tx.cell(type(op, fields), table, key, fields.containsKey("column") ? text(fields, "column") : "");
        switch (op) {
            case "increment" -> tx.increment(cell, number(fields));
            case "decrement" -> tx.decrement(cell, number(fields));
            case "addDouble" -> tx.addDouble(cell, decimal(fields));
            case "multiply" -> tx.multiply(cell, number(fields));
            case "max", "min" -> offer(tx, cell, fields);
            case "setFlag" -> tx.setFlag(cell, flag(fields));
            case "enable" -> tx.enable(cell);
            case "disable" -> tx.disable(cell);
            case "add" -> tx.addToSet(cell, value(fields.get("value")));
            case "remove" -> tx.removeFromSet(cell, value(fields.get("value")));
            case "clear" -> clear(tx, cell);
            case "set" -> tx.set(cell, value(fields.get("value")));
            case "intersect" -> tx.intersect(cell, elements(fields));
            case "release" -> tx.release(cell, number(fields));
            case "acquire" -> tx.acquire(cell, number(fields));
            case "transfer" -> tx.transfer(cell, number(fields, "node"), number(fields));
            case "count" -> tx.addToSketch(cell, value(fields.get("value")));
            case "raise" -> entries(fields).forEach(entry -> tx.raise(cell, entry));
            default -> throw new IllegalArgumentException("no operation " + op);
        }
    }

    private static void applyConditional(final Transaction tx, final String op, final Map<String, Object> fields) {
        final Cell cell = cell(fields);
        switch (op) {
            case "requireAtLeast" -> tx.requireAtLeast(cell, number(fields));
            case "requireValue" -> tx.requireValue(cell, value(fields.get("value")));
            case "requireAbsent" -> tx.requireAbsent(cell);
            case "returning" -> tx.returning(cell);
            case "setIfAbsent" -> tx.setIfAbsent(cell.table(), cell.key(), cell.column(), value(fields.get("value")));
            default ->
                tx.compareAndSet(
                        cell.table(),
                        cell.key(),
                        cell.column(),
                        value(fields.get("expected")),
                        value(fields.get("value")));
        }
    }

    /** The cell that an operation names. */
    static Cell cell(final Map<String, Object> fields) {
        return Cell.of(
                type(text(fields, "op"), fields),
                text(fields, "table"),
                text(fields, "key"),
                fields.containsKey("column") ? text(fields, "column") : "");
    }

    private static void clear(final Transaction tx, final Cell cell) {
        if (cell.type().isRegister()) {
            tx.clear(cell);
        } else {
            tx.clearSet(cell);
        }
    }

    private static void offer(final Transaction tx, final Cell cell, final Map<String, Object> fields) {
        switch (cell.type()) {
            case MAX -> tx.max(cell, number(fields));
            case MAX_DOUBLE -> tx.max(cell, decimal(fields));
            case MIN -> tx.min(cell, number(fields));
            default -> tx.min(cell, decimal(fields));
        }
    }

    private static CellType type(final String op, final Map<String, Object> fields) {
        final Object named = fields.get("type");
        if (named != null) {
            return typeOf(named.toString());
        }
        final boolean fraction = fields.get("value") instanceof Double;
        return switch (op) {
            case "increment", "decrement", "requireAtLeast", "returning" -> CellType.COUNTER;
            case "addDouble" -> CellType.DOUBLE_SUM;
            case "multiply" -> CellType.PRODUCT;
            case "max" -> fraction ? CellType.MAX_DOUBLE : CellType.MAX;
            case "min" -> fraction ? CellType.MIN_DOUBLE : CellType.MIN;
            case "setFlag" -> CellType.FLAG_OR;
            case "enable", "disable" -> CellType.ENABLE_WINS;
            case "add", "remove", "clear" -> CellType.ADD_WINS_SET;
            case "set", "requireValue", "requireAbsent", "setIfAbsent", "compareAndSet" -> CellType.LWW_REGISTER;
            case "intersect" -> CellType.INTERSECT_SET;
            case "release", "acquire", "transfer" -> CellType.BOUNDED_COUNTER;
            case "count", "raise" -> CellType.SKETCH;
            default -> throw new IllegalArgumentException("no operation " + op);
        };
    }

    /** A type by its name. */
    public static CellType typeOf(final String name) {
        try {
            return CellType.valueOf(name.toUpperCase(Locale.ROOT));
        } catch (final IllegalArgumentException e) {
            throw new IllegalArgumentException("no type " + name + "; the types are " + List.of(CellType.values()), e);
        }
    }

    private static String text(final Map<String, Object> fields, final String name) {
        if (fields.get(name) instanceof String text) {
            return text;
        }
        throw new IllegalArgumentException("field " + name + " is missing or not text");
    }

    private static long number(final Map<String, Object> fields) {
        return number(fields, "value");
    }

    private static long number(final Map<String, Object> fields, final String name) {
        if (fields.get(name) instanceof BigInteger number && number.bitLength() < Long.SIZE) {
            return number.longValue();
        }
        throw new IllegalArgumentException("field " + name + " is missing or not a whole number of 64 bits");
    }

    private static List<Integer> entries(final Map<String, Object> fields) {
        final List<Integer> entries = new ArrayList<>();
        if (fields.get("values") instanceof List<?> values) {
            for (final Object value : values) {
                if (value instanceof BigInteger number && number.bitLength() < Integer.SIZE) {
                    entries.add(number.intValue());
                }
            }
            if (entries.size() == values.size()) {
                return entries;
            }
        }
        throw new IllegalArgumentException("field values is missing or not an array of whole numbers of 32 bits");
    }

    private static double decimal(final Map<String, Object> fields) {
        if (fields.get("value") instanceof Number number) {
            return number.doubleValue();
        }
        throw new IllegalArgumentException("field value is missing or not a number");
    }

    private static boolean flag(final Map<String, Object> fields) {
        if (fields.get("value") instanceof Boolean flag) {
            return flag;
        }
        throw new IllegalArgumentException("field value is missing or neither true nor false");
    }

    private static Value value(final @Nullable Object json) {
        if (json instanceof BigInteger number && number.bitLength() < Long.SIZE) {
            return new Value().set(number.longValue());
        }
        if (json instanceof Double number) {
            return new Value().set(number.doubleValue());
        }
        if (json instanceof String text) {
            return new Value().set(text);
        }
        throw new IllegalArgumentException("field value is missing, or neither a number of 64 bits nor text");
    }

    private static ElementList elements(final Map<String, Object> fields) {
        final ElementList list = new ElementList();
        if (!(fields.get("values") instanceof List<?> values)) {
            throw new IllegalArgumentException("field values is missing or not an array");
        }
        for (final Object element : values) {
            if (element instanceof BigInteger number && number.bitLength() < Long.SIZE) {
                list.add(number.longValue());
            } else if (element instanceof String text) {
                list.add(text);
            } else {
                throw new IllegalArgumentException("an element is a whole number of 64 bits or text, not " + element);
            }
        }
        return list;
    }
}
