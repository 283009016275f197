package io.abelia.proofs.simulator;

import io.abelia.engine.transaction.ElementList;
import io.abelia.engine.transaction.Value;
import java.util.HexFormat;

/** Elements and values of every kind, each with a text by which the oracle knows it: #7 a number, ~0.5 a double, x0A bytes, other text itself. */
final class Element {
    private Element() {}

    static Value of(final String name) {
        final Value value = new Value();
        return switch (name.charAt(0)) {
            case '#' -> value.set(Long.parseLong(name.substring(1)));
            case '~' -> value.set(Double.parseDouble(name.substring(1)));
            case 'x' -> value.set(HexFormat.of().parseHex(name.substring(1)));
            default -> value.set(name);
        };
    }

    static String name(final Value value) {
        return switch (value.kind()) {
            case LONG -> "#" + value.asLong();
            case DOUBLE -> "~" + value.asDouble();
            case BYTES -> "x" + HexFormat.of().formatHex(value.asBytes());
            case STRING -> value.asString();
        };
    }

    static void add(final ElementList list, final String name) {
        switch (name.charAt(0)) {
            case '#' -> list.add(Long.parseLong(name.substring(1)));
            case 'x' -> list.add(HexFormat.of().parseHex(name.substring(1)));
            default -> list.add(name);
        }
    }
}
