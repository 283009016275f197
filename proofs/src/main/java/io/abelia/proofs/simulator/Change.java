package io.abelia.proofs.simulator;

import java.util.List;

/**
 * One operation as the client asked for it.
 *
 * @param cell which cell
 * @param kind what it does: add (a number), offer, flag, enable, disable, insert, remove, clear, write, intersect, rights (a
 *     change of those of the author), move (rights from, to, how many), count (an element)
 * @param argument a Long, Double, Boolean, String or List, by type and kind
 */
record Change(CellName cell, String kind, Object argument) {
    /** What within the cell it changes: the cell, or one element. */
    String unit() {
        return kind.equals("insert") || kind.equals("remove") ? "element " + argument : "";
    }

    /** The effects of a transaction's operations on one cell: of what changes the same unit, one is left. */
    static List<Change> folded(final List<Change> program) {
        final java.util.ArrayList<Change> left = new java.util.ArrayList<>();
        for (final Change change : program) {
            switch (change.kind) {
                case "insert", "remove" -> {
                    if (change.cell.isObservedRemove()) {
                        left.removeIf(earlier -> earlier.unit().equals(change.unit()) && !earlier.kind.equals("clear"));
                    }
                    left.add(change);
                }
                case "enable", "disable" -> {
                    left.clear();
                    left.add(change);
                }
                case "write" -> {
                    if (!change.cell.isFirstWriter()) {
                        left.clear();
                        left.add(change);
                    } else if (left.isEmpty()) {
                        left.add(change);
                    }
                }
                case "clear" -> {
                    left.clear();
                    left.add(change);
                }
                default -> left.add(change);
            }
        }
        return left;
    }
}
