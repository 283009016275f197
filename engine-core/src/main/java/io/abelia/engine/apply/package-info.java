/**
 * Where state changes: the commit lock, the kernel that commits and delivers, the applier that is the only
 * writer, and the buffer for what came before its causes. No files, no network, no clocks of the machine.
 */
@NullMarked
package io.abelia.engine.apply;

import org.jspecify.annotations.NullMarked;
