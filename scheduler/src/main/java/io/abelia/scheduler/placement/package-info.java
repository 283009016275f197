/** Which executor a job goes to: filter, then score. Pure functions of a view; equal views give equal placements. */
@NullMarked
package io.abelia.scheduler.placement;

import org.jspecify.annotations.NullMarked;
