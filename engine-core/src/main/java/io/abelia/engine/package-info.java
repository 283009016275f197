/**
 * The engine as its users see it: launch, configuration, directory. Everything else is a room below; nothing
 * below knows this package.
 */
@NullMarked
package io.abelia.engine;

import org.jspecify.annotations.NullMarked;
