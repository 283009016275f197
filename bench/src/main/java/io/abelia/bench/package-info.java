/** JMH benchmarks of the engine. */
@NullMarked
package io.abelia.bench;

import org.jspecify.annotations.NullMarked;
