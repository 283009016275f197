package io.abelia.engine.transaction;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Limits;
import io.abelia.engine.codec.RegistersArgument;
import io.abelia.engine.codec.RightsArgument;
import io.abelia.engine.codec.ValueKind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a transaction refuses, with the key, the operation and the remedy. */
final class CellChecks {
    private CellChecks() {}

    static void requireType(final Cell cell, final String operation, final CellType a, final CellType b) {
        if (cell.type() != a && cell.type() != b) {
            throw wrongType(cell, operation, "Use a " + a + (a == b ? "" : " or " + b) + " cell");
        }
    }

    static void requireSet(final Cell cell, final String operation) {
        if (!cell.type().isSet()) {
            throw wrongType(cell, operation, "Use a GROW_SET, ADD_WINS_SET or REMOVE_WINS_SET cell");
        }
    }

    static void requireRegister(final Cell cell, final String operation) {
        if (!cell.type().isRegister()) {
            throw wrongType(cell, operation, "Use an MV_REGISTER, LWW_REGISTER or FIRST_WRITER_REGISTER cell");
        }
    }

    private static TransactionRefusedException wrongType(final Cell cell, final String operation, final String remedy) {
        return new TransactionRefusedException(
                cell.toString(),
                operation,
                "the cell is a " + cell.type(),
                remedy + "; the type is part of a cell's identity.");
    }

    static void requireElement(final Cell cell, final Value element) {
        if (element.kind() == ValueKind.DOUBLE) {
            throw new TransactionRefusedException(
                    cell.toString(),
                    "a double as an element",
                    "doubles are no set elements",
                    "Use a long, text or bytes.");
        }
    }

    static void requireAmount(final Cell cell, final String operation, final long amount) {
        if (amount <= 0 || amount > RightsArgument.MAX_AMOUNT) {
            throw new TransactionRefusedException(
                    cell.toString(),
                    operation,
                    "the amount is " + amount,
                    "Give one from 1 to " + RightsArgument.MAX_AMOUNT + ".");
        }
    }

    static void requireEntry(final Cell cell, final int entry) {
        if (!RegistersArgument.isEntry(entry)) {
            throw new TransactionRefusedException(
                    cell.toString(), "raise", entry + " is no entry of a sketch", "Add elements instead.");
        }
    }

    static long requireLaunch(final Cell cell, final long node, final long launch) {
        if (launch == 0) {
            throw new TransactionRefusedException(
                    cell.toString(),
                    "transfer to node " + node,
                    "nothing has been heard of that node",
                    "Transfer to a member of the group, once it is up.");
        }
        return launch;
    }

    static @Nullable TransactionRefusedException againstSchema(
            final Cell cell, final String operation, final @Nullable CellType declared) {
        return declared == null || declared == cell.type()
                ? null
                : new TransactionRefusedException(
                        cell.toString(),
                        operation,
                        "the schema declares column " + cell.table() + "." + cell.column() + " as " + declared
                                + ", used is " + cell.type(),
                        "Use the declared type or declare another column.");
    }

    /** Text as a value. */
    static Value text(final Value into, final Cell cell, final String operation, final CharSequence text) {
        try {
            return into.set(text);
        } catch (final IllegalArgumentException e) {
            final TransactionRefusedException refused = new TransactionRefusedException(
                    cell.toString(),
                    operation,
                    String.valueOf(e.getMessage()),
                    "The limit is " + Limits.VALUE_BYTES + " bytes; keep larger values elsewhere and their name here.");
            refused.initCause(e);
            throw refused;
        }
    }

    static TransactionRefusedException coordinated(final Cell cell, final String operation) {
        return new TransactionRefusedException(
                cell.toString(),
                operation,
                "the schema declares the table coordinated",
                "Use mode COORDINATED, the default of an engine with EngineContext.coordinator(...).");
    }

    /** A transaction has one mode, and a table belongs to one. */
    static TransactionRefusedException wrongMode(final Cell cell, final String operation, final TransactionMode mode) {
        return mode == TransactionMode.COORDINATION_FREE
                ? coordinated(cell, operation + " in mode COORDINATION_FREE")
                : new TransactionRefusedException(
                        cell.toString(),
                        operation + " in mode COORDINATED",
                        "the table is not declared coordinated",
                        "Say mode(COORDINATION_FREE), or declare `coordinated TABLE` in the schema.");
    }

    static TransactionRefusedException noGroup(final String key) {
        return new TransactionRefusedException(
                key,
                "commit in mode COORDINATED",
                "no coordination group is configured",
                "Say mode(COORDINATION_FREE) if all operations are algebraic, or give EngineContext.coordinator(...).");
    }

    static void requireLocal(final List<String> coordinated) {
        if (!coordinated.isEmpty()) {
            throw new TransactionRefusedException(
                    coordinated.get(0),
                    "commit in mode COORDINATION_FREE",
                    "the operation is not algebraic",
                    "Use mode COORDINATED for it, or a type that merges (a register, a MAX, a first-writer register).");
        }
    }
}
