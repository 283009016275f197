/** How threads share one engine's state: the commit lock, and the sequence lock under which numbers are read without it. Knows nothing else. */
@NullMarked
package io.abelia.engine.lock;

import org.jspecify.annotations.NullMarked;
