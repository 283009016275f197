/** The way of an engine to its coordination group: sends, waits, sends again, and reads. */
@NullMarked
package io.abelia.coordination.client;

import org.jspecify.annotations.NullMarked;
