/**
 * The data types: what an operation does to a cell's state, one file a type. Total and deterministic; no clocks,
 * randomness, I/O or logging may enter.
 */
@NullMarked
package io.abelia.engine.crdt;

import org.jspecify.annotations.NullMarked;
