/** How files are worked on: by threads that nobody interrupts. Knows no log, no state and no snapshot. */
@NullMarked
package io.abelia.engine.file;

import org.jspecify.annotations.NullMarked;
