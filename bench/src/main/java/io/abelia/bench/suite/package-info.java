/** The benchmark suite: methods, results as JSON, plots. Each benchmark measures both sides of a comparison in one run, in turn. */
@NullMarked
package io.abelia.bench.suite;

import org.jspecify.annotations.NullMarked;
