package io.abelia.scheduler.datastore;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Content by name, a file each in a directory; the file begins with the SHA-256 of the rest, which every read checks. Any thread.
 */
public final class BlobStore {
    private static final int DIGEST_BYTES = 32;
    /** Twice as many hexadecimal digits and the ending are what file systems take: 255 bytes. */
    private static final int MAX_NAME = 120;

    private final Path directory;

    public BlobStore(final Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(directory, "*.part")) {
            for (final Path part : parts) {
                Files.deleteIfExists(part); // of a process that was killed
            }
        }
    }

    /** SHA-256, 64 hexadecimal digits. */
    public static String digest(final byte[] content) {
        return HexFormat.of().formatHex(sha256(content));
    }

    private static byte[] sha256(final byte[] content) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(content);
        } catch (final NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Refuses what cannot be the name of a datum.
     *
     * @throws IllegalArgumentException with the name and what is allowed
     */
    public static void requireName(final String name) {
        final int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > MAX_NAME || name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a datum's name has from 1 to " + MAX_NAME
                    + " bytes as UTF-8, none of them 0; this one has " + bytes + ": " + name);
        }
    }

    private Path file(final String name) {
        requireName(name);
        return directory.resolve(HexFormat.of().formatHex(name.getBytes(StandardCharsets.UTF_8)) + ".blob");
    }

    /** Keeps content under a name, in place of what was there; returns its digest. Durable when it returns. */
    public String put(final String name, final byte[] content) throws IOException {
        final Path file = file(name);
        final byte[] digest = sha256(content);
        final Path part = directory.resolve(UUID.randomUUID() + ".part");
        try (var channel = java.nio.channels.FileChannel.open(
                part, java.nio.file.StandardOpenOption.CREATE_NEW, java.nio.file.StandardOpenOption.WRITE)) {
            for (final byte[] bytes : List.of(digest, content)) {
                final var buffer = java.nio.ByteBuffer.wrap(bytes);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
            }
            channel.force(true);
        } catch (final FileAlreadyExistsException e) {
            throw new IllegalStateException(e);
        } catch (final IOException e) {
            Files.deleteIfExists(part);
            throw e;
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return HexFormat.of().formatHex(digest);
    }

    /**
     * Content of a name; null if there is none.
     *
     * @throws DamagedException if what is there is not what was put
     */
    public byte @Nullable [] get(final String name) throws IOException {
        final byte[] bytes;
        try {
            bytes = Files.readAllBytes(file(name));
        } catch (final NoSuchFileException e) {
            return null;
        }
        final byte[] content =
                bytes.length < DIGEST_BYTES ? new byte[0] : Arrays.copyOfRange(bytes, DIGEST_BYTES, bytes.length);
        if (bytes.length < DIGEST_BYTES || !Arrays.equals(sha256(content), Arrays.copyOf(bytes, DIGEST_BYTES))) {
            throw new DamagedException("datum " + name + " is damaged on the disk of this node");
        }
        return content;
    }

    /** What is on the disk is not what was put there. */
    public static final class DamagedException extends IOException {
        private static final long serialVersionUID = 1;

        DamagedException(final String message) {
            super(message);
        }
    }

    /** Removes a name; false if it was not there. */
    public boolean delete(final String name) throws IOException {
        return Files.deleteIfExists(file(name));
    }

    /** Names that begin with a prefix and come behind another one, in order, so many at most. */
    public List<String> list(final String prefix, final String after, final int limit) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(path -> String.valueOf(path.getFileName()))
                    .filter(file -> file.endsWith(".blob"))
                    .map(file -> new String(
                            HexFormat.of().parseHex(file.substring(0, file.length() - ".blob".length())),
                            StandardCharsets.UTF_8))
                    .filter(name -> name.startsWith(prefix) && name.compareTo(after) > 0)
                    .sorted()
                    .limit(limit)
                    .toList();
        }
    }

    /** Bytes that the disk has left. */
    public long free() throws IOException {
        return Files.getFileStore(directory).getUsableSpace();
    }
}
