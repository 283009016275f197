/** A sample application: a rate limiter that runs on several nodes and asks none of them. */
@NullMarked
package io.abelia.examples.limiter;

import org.jspecify.annotations.NullMarked;
