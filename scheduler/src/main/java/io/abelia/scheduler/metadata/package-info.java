/** The shared metadata in the engine: the only place that names its tables and columns. */
@NullMarked
package io.abelia.scheduler.metadata;

import org.jspecify.annotations.NullMarked;
