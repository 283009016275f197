/** Following committed transactions. Reads the log; never holds it up. */
@NullMarked
package io.abelia.engine.observe;

import org.jspecify.annotations.NullMarked;
