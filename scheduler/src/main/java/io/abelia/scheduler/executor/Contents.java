package io.abelia.scheduler.executor;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Data and results by name; what an executor reads its programs and inputs from, and keeps results in. */
public interface Contents {
    /** A datum; null if nobody has it who can be reached. */
    byte @Nullable [] get(String name) throws IOException;

    /**
     * Keeps a result until it is stored elsewhere.
     *
     * @return its SHA-256, 64 hexadecimal digits
     */
    String keep(byte[] content) throws IOException;
}
