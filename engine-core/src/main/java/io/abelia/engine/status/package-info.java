/** Counters, distinct errors and JFR events. */
@NullMarked
package io.abelia.engine.status;

import org.jspecify.annotations.NullMarked;
