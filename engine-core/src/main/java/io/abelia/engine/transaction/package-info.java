/**
 * What an application holds in its hands: transactions, cells, values, snapshots; and the encoder that folds
 * operations.
 */
@NullMarked
package io.abelia.engine.transaction;

import org.jspecify.annotations.NullMarked;
