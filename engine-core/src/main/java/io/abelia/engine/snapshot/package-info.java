/**
 * Snapshot files: written in slices while commits go on, checked and loaded at launch, and the mark of a clean
 * stop.
 */
@NullMarked
package io.abelia.engine.snapshot;

import org.jspecify.annotations.NullMarked;
