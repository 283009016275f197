/** The node daemon: an engine, its replicator, a local HTTP API, health and metrics, in one process that ends in order. */
@NullMarked
package io.abelia.node;

import org.jspecify.annotations.NullMarked;
