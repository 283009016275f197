package io.abelia.engine.transaction;

import io.abelia.engine.schema.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The way to a coordination group: what an engine needs of it to commit transactions in mode COORDINATED. Thread safe. The engine uses it
 * and does not close it.
 */
public interface Coordinator {
    /** Begins the coordinated side of a transaction; talks to nobody yet. The schema says which tables are coordinated. */
    CoordinatedTransaction begin(@Nullable Schema schema);
}
