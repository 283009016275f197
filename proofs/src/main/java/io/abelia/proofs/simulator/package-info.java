/**
 * Deterministic simulation: real engines on one thread under one seed, with a virtual clock, network and disk that fail in every way
 * that we can think of, and an oracle beside them that shares no code with the engine. What FoundationDB and TigerBeetle do.
 */
@NullMarked
package io.abelia.proofs.simulator;

import org.jspecify.annotations.NullMarked;
