/** What brokers, executors and clients tell each other, as immutable values with a JSON form; no behaviour beyond what follows from a value. */
@NullMarked
package io.abelia.scheduler.model;

import org.jspecify.annotations.NullMarked;
