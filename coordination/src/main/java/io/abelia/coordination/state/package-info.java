/** The state that consensus replicates: deterministic, one request at a time, without threads, clocks or network. */
@NullMarked
package io.abelia.coordination.state;

import org.jspecify.annotations.NullMarked;
