/** A simulated city in virtual time: real engines and brokers, simulated executors, streets and trouble. */
@NullMarked
package io.abelia.scheduler.city;

import org.jspecify.annotations.NullMarked;
