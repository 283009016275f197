/** The ./abelia commands: wiring and printing, no logic of the engine. */
@NullMarked
package io.abelia.cli;

import org.jspecify.annotations.NullMarked;
