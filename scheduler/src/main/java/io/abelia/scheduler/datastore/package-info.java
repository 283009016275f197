/** Where content is kept, by name and digest. */
@NullMarked
package io.abelia.scheduler.datastore;

import org.jspecify.annotations.NullMarked;
