package io.abelia.engine.observe;

import io.abelia.engine.transaction.Cell;
import io.abelia.engine.transaction.Value;
import org.jspecify.annotations.Nullable;

/**
 * One operation of a transaction.
 *
 * @param cell the cell
 * @param operation name of the operation
 * @param value element or value that it carries, null if it carries none
 * @param number the increment, factor or offered number as text, empty if it carries none
 */
public record Change(Cell cell, String operation, @Nullable Value value, String number) {}
