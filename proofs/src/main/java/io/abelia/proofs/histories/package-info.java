/**
 * Histories of real engines in one process, under faults and with sessions that move, recorded and judged by {@link
 * io.abelia.histories}.
 */
@NullMarked
package io.abelia.proofs.histories;

import org.jspecify.annotations.NullMarked;
