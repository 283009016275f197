package io.abelia.engine;

import java.nio.file.Files;
import java.nio.file.Path;

/** Finds the flags file that all processes share. */
final class JvmOptions {
    private JvmOptions() {}

    static Path file() {
        Path at = Path.of("").toAbsolutePath();
        while (!Files.exists(at.resolve("config/jvm.options"))) {
            at = at.getParent();
        }
        return at.resolve("config/jvm.options");
    }
}
