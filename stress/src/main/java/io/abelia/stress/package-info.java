/** jcstress tests of reads that take no lock. Run by {@code ./abelia stress}. */
@NullMarked
package io.abelia.stress;

import org.jspecify.annotations.NullMarked;
