/**
 * Origins, applied and delivery clocks, their compact form, hybrid time. Off-heap; no I/O, and no knowledge of
 * what a transaction does.
 */
@NullMarked
package io.abelia.engine.clock;

import org.jspecify.annotations.NullMarked;
