/** Executors: what runs jobs, keeps their results until somebody has taken them, and tells what it can do. Time, network and the WASM runtime come in through ports. */
@NullMarked
package io.abelia.scheduler.executor;

import org.jspecify.annotations.NullMarked;
