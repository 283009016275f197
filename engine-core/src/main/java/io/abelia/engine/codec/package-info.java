/**
 * The bytes: records, operations, numbers, names, hashes, limits. Everything that reads bytes from elsewhere
 * checks them here. Knows no state.
 */
@NullMarked
package io.abelia.engine.codec;

import org.jspecify.annotations.NullMarked;
