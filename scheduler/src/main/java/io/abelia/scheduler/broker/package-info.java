/** The broker: one thread that looks at the metadata and does what follows from it. Time and network come in through ports. */
@NullMarked
package io.abelia.scheduler.broker;

import org.jspecify.annotations.NullMarked;
