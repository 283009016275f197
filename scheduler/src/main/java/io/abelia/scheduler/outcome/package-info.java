/** Which result of a job counts: facts by slot and what follows from them. Pure functions; no engine, clock or network may enter. */
@NullMarked
package io.abelia.scheduler.outcome;

import org.jspecify.annotations.NullMarked;
