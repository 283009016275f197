/**
 * Replication of engines over Aeron: {@link io.abelia.replication.Replicator} runs a node's side of the protocol of
 * {@code io.abelia.engine.replicate} on a thread of its own. What is to be decided is decided there; here are threads, channels and keys.
 */
@NullMarked
package io.abelia.replication;

import org.jspecify.annotations.NullMarked;
