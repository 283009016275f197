/** Threads that nobody interrupts and whose end is noticed, and names in shared memory. Knows no log, no state and no snapshot. */
@NullMarked
package io.abelia.engine.file;

import org.jspecify.annotations.NullMarked;
