/** Sealing and opening of frames: keys, authentication, encryption. Knows neither Aeron nor the engine. */
@NullMarked
package io.abelia.replication.security;

import org.jspecify.annotations.NullMarked;
