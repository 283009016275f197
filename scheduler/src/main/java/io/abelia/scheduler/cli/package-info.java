/** The command line: the only place that reads arguments, the clock and the environment. */
@NullMarked
package io.abelia.scheduler.cli;

import org.jspecify.annotations.NullMarked;
