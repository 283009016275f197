/** A member of the group: Aeron Cluster, and the service in it that hands requests to the state. */
@NullMarked
package io.abelia.coordination.member;

import org.jspecify.annotations.NullMarked;
