/**
 * The replication protocol as state machines over a Transport port. No sockets, no threads, no time of the machine.
 */
@NullMarked
package io.abelia.engine.replicate;

import org.jspecify.annotations.NullMarked;
