/**
 * The replication protocol as state machines over a Transport port, and a network inside one process to run them on. No sockets,
 * no threads, no time of the machine.
 */
@NullMarked
package io.abelia.engine.replicate;

import org.jspecify.annotations.NullMarked;
