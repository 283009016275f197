/** Aeron channels under the protocol's transport port. Nothing outside this package names Aeron. */
@NullMarked
package io.abelia.replication.transport;

import org.jspecify.annotations.NullMarked;
