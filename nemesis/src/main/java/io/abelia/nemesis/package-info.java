/**
 * Real daemons in network namespaces, under everything that can be done to them from outside, and a checker that knows only what clients
 * were told. Nothing here uses the engine's code.
 */
@NullMarked
package io.abelia.nemesis;

import org.jspecify.annotations.NullMarked;
