/**
 * The commit log: segments, frames, forcing, recovery, readers. Knows records only by their header, and nothing
 * of cells.
 */
@NullMarked
package io.abelia.engine.log;

import org.jspecify.annotations.NullMarked;
