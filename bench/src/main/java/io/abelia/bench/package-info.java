/** JMH benchmarks of the engine. Not checked for nulls: JMH fills the fields of a state in its set-up methods. */
@NullUnmarked
package io.abelia.bench;

import org.jspecify.annotations.NullUnmarked;
