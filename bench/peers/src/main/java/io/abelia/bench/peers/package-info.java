/** Other systems with replicated counters, behind one small interface, so that all are measured by the same loop. */
@NullMarked
package io.abelia.bench.peers;

import org.jspecify.annotations.NullMarked;
