package io.abelia.node;

import com.fasterxml.jackson.core.JsonGenerator;
import io.abelia.engine.codec.CellType;
import io.abelia.engine.observe.Change;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.List;

/** Committed operations as the JSON that {@link OperationJson} reads, so that they can be committed again. */
public final class ChangeJson {
    private ChangeJson() {}

    /** Writes a transaction as one object. */
    public static void write(final JsonGenerator json, final List<Change> changes) throws IOException {
        json.writeStartObject();
        json.writeArrayFieldStart("operations");
        for (final Change change : changes) {
            if (!isOfNode(change)) {
                write(json, change);
            }
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    /** Whether there is anything of a transaction to commit again; a mere move of rights is not. */
    public static boolean isWorthwhile(final List<Change> changes) {
        return changes.stream()
                .anyMatch(change -> !isOfNode(change)
                        && !change.operation().equals("transfer")
                        && !(change.cell().type() == CellType.BOUNDED_COUNTER
                                && change.number().equals("0")));
    }

    /** Whether it is the node's own note of an idempotency key, which no client may write. */
    private static boolean isOfNode(final Change change) {
        return change.cell().table().equals(TransactionsApi.KEYS);
    }

    private static void write(final JsonGenerator json, final Change change) throws IOException {
        switch (change.operation()) {
            case "addDouble" -> {
                for (final String number : change.number().split(",", -1)) {
                    begin(json, change, "addDouble");
                    json.writeNumberField("value", Double.parseDouble(number));
                    json.writeEndObject();
                }
            }
            case "intersect" -> {
                begin(json, change, "intersect");
                json.writeArrayFieldStart("values");
                for (final String element : change.number().split(",", -1)) {
                    json.writeString(element);
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            case "raise" -> {
                begin(json, change, "raise");
                json.writeArrayFieldStart("values");
                for (final String entry : change.number().split(",", -1)) {
                    json.writeNumber(Integer.parseInt(entry));
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            case "transfer" -> {
                // rights of a launch that is gone: whoever inherited them has them
            }
            case "offer" -> {
                final boolean most =
                        change.cell().type() == CellType.MAX || change.cell().type() == CellType.MAX_DOUBLE;
                begin(json, change, most ? "max" : "min");
                json.writeFieldName("value");
                json.writeNumber(new BigDecimal(change.number()));
                json.writeEndObject();
            }
            case "setFlag" -> {
                begin(json, change, "setFlag");
                json.writeBooleanField("value", change.number().equals("true"));
                json.writeEndObject();
            }
            case "release", "acquire" -> {
                if (!change.number().equals("0")) { // what a transaction releases and acquires again
                    number(json, change);
                }
            }
            default -> number(json, change);
        }
    }

    /** Writes an operation that has a value, a number or neither. */
    private static void number(final JsonGenerator json, final Change change) throws IOException {
        begin(json, change, change.operation());
        if (change.value() != null) {
            json.writeFieldName("value");
            CellJson.writeValue(json, change.value());
        } else if (!change.number().isEmpty()) {
            json.writeFieldName("value");
            json.writeNumber(new BigDecimal(change.number()));
        }
        json.writeEndObject();
    }

    private static void begin(final JsonGenerator json, final Change change, final String op) throws IOException {
        json.writeStartObject();
        json.writeStringField("op", op);
        json.writeStringField("table", change.cell().table());
        json.writeStringField("key", change.cell().key());
        json.writeStringField("column", change.cell().column());
        json.writeStringField("type", change.cell().type().name());
    }
}
