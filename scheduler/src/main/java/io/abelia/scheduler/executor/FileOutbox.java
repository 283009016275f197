package io.abelia.scheduler.executor;

import io.abelia.scheduler.model.Json;
import io.abelia.scheduler.model.Submission;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** Keeps each submission in a file of a directory. */
public final class FileOutbox implements Outbox {
    private final Path directory;

    public FileOutbox(final Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
    }

    private Path file(final Submission submission) {
        return directory.resolve(
                UUID.nameUUIDFromBytes((submission.job() + " " + submission.name()).getBytes(StandardCharsets.UTF_8))
                        + ".json");
    }

    @Override
    public void keep(final Submission submission) {
        try {
            final Path part = directory.resolve(UUID.randomUUID() + ".part");
            try (FileChannel channel =
                    FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                final ByteBuffer bytes = ByteBuffer.wrap(Json.write(submission).getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(part, file(submission), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (final IOException e) {
            throw new UncheckedIOException("the end of " + submission.name() + " cannot be kept", e);
        }
    }

    @Override
    public void drop(final Submission submission) {
        try {
            Files.deleteIfExists(file(submission));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void refuse(final Submission submission, final String reason) {
        try {
            final Path file = file(submission);
            Files.writeString(file.resolveSibling(file.getFileName() + ".reason"), reason + "\n");
            if (Files.exists(file)) {
                Files.move(
                        file,
                        file.resolveSibling(file.getFileName() + ".refused"),
                        StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Collection<Submission> kept() {
        final List<Submission> kept = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (final Path file :
                    files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
                try {
                    kept.add(Json.read(Files.readString(file), Submission.class));
                } catch (final IllegalArgumentException e) {
                    Files.move(
                            file, file.resolveSibling(file.getFileName() + ".unreadable")); // not to block the others
                }
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return kept;
    }
}
