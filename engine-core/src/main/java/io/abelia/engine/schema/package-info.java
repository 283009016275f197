/** Declared types of columns. */
@NullMarked
package io.abelia.engine.schema;

import org.jspecify.annotations.NullMarked;
