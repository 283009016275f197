package io.abelia.engine;

import java.io.IOException;
import java.nio.file.Path;

/** Another engine has the directory open. */
public final class DirectoryLockedException extends IOException {
    private static final long serialVersionUID = 1L;

    DirectoryLockedException(final Path directory, final String holder) {
        super(directory + " is open in another engine (" + (holder.isEmpty() ? "holder unknown" : holder)
                + "). Close that one, or use another directory");
    }
}
