/** What client and state say to each other: requests, conditions, queries, answers. Bytes and nothing that acts on them. */
@NullMarked
package io.abelia.coordination.wire;

import org.jspecify.annotations.NullMarked;
