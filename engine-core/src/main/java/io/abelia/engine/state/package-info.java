/**
 * Units of state over blocks: stores, names, before-images, digest. Chronicle Map is known to one class here and
 * to nothing else.
 */
@NullMarked
package io.abelia.engine.state;

import org.jspecify.annotations.NullMarked;
