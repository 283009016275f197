/** Makes the paper from its source and from the results of the benchmarks: every number in it comes from a result. */
@NullMarked
package io.abelia.bench.paper;

import org.jspecify.annotations.NullMarked;
