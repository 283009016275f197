package io.abelia.engine.log;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Makes files and names durable: the operating system does, or the simulator's disk. */
public interface FileForce {
    /** The operating system's. */
    FileForce SYSTEM = new FileForce() {
        @Override
        public void force(final FileChannel channel, final Path file) throws IOException {
            channel.force(true);
        }

        @Override
        public void forceDirectory(final Path directory) throws IOException {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    };

    /** Makes the content of an open file durable. */
    void force(FileChannel channel, Path file) throws IOException;

    /** Makes creations, renames and removals in a directory durable. */
    void forceDirectory(Path directory) throws IOException;
}
