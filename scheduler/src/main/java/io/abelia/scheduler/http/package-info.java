/** The REST face of broker, executor and datastore, and the clients that they are to each other. */
@NullMarked
package io.abelia.scheduler.http;

import org.jspecify.annotations.NullMarked;
