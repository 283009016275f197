package io.abelia.replication.security;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The group's keys: one to send with, and one more that is still or already accepted, so that keys are changed without a stop. The key of a
 * launch is derived from the group's (HKDF, RFC 5869), so no two launches ever seal with the same.
 *
 * <p>The file has a line for each key, {@code EPOCH HEX}, at most two; the first one is sent with. To change keys: append the new one
 * everywhere, then put it first everywhere, then remove the old one.
 */
public final class KeyRing {
    /** Bytes of a group key. */
    public static final int KEY_BYTES = 32;

    private static final int MAX_KEYS = 2;
    private static final int MAX_EPOCH = 0xFFFF;
    private static final byte[] INFO = "abelia frame key".getBytes(StandardCharsets.US_ASCII);

    private final int[] epochs;
    private final byte[][] keys;
    private final Hmac hmac = new Hmac();
    private final byte[] scratch = new byte[Hmac.BYTES];
    private final byte[] context = new byte[INFO.length + Long.BYTES + 2];

    private KeyRing(final int[] epochs, final byte[][] keys) {
        assert keys.length == epochs.length && keys.length > 0 && keys.length <= MAX_KEYS : keys.length;
        this.epochs = epochs;
        this.keys = keys;
        System.arraycopy(INFO, 0, context, 0, INFO.length);
        context[context.length - 1] = 1; // number of the only block of HKDF's expansion
    }

    /** One key, of epoch 1. */
    public static KeyRing of(final byte[] key) {
        return of(1, key);
    }

    /** One key. */
    public static KeyRing of(final int epoch, final byte[] key) {
        requireLength(key);
        return new KeyRing(new int[] {epoch}, new byte[][] {key.clone()});
    }

    /** A key to send with, and one that is accepted as well. */
    public static KeyRing of(final int epoch, final byte[] key, final int acceptedEpoch, final byte[] acceptedKey) {
        requireLength(key);
        requireLength(acceptedKey);
        return new KeyRing(new int[] {epoch, acceptedEpoch}, new byte[][] {key.clone(), acceptedKey.clone()});
    }

    /**
     * Reads a key file.
     *
     * @throws IOException with the line, if it is not as described above
     */
    public static KeyRing read(final Path file) throws IOException {
        final List<String> lines = new ArrayList<>();
        for (final String line : Files.readAllLines(file)) {
            if (!line.isBlank() && !line.startsWith("#")) {
                lines.add(line.strip());
            }
        }
        if (lines.isEmpty() || lines.size() > MAX_KEYS) {
            throw new IOException(
                    file + " has " + lines.size() + " keys; it must have one or two, a line `EPOCH HEX` for each");
        }
        final int[] epochs = new int[lines.size()];
        final byte[][] keys = new byte[lines.size()][];
        for (int i = 0; i < epochs.length; i++) {
            final String[] words = lines.get(i).split("\\s+", -1);
            try {
                epochs[i] = Integer.parseInt(words[0]);
                keys[i] = HexFormat.of().parseHex(words[words.length - 1]);
                requireLength(keys[i]);
                if (words.length != 2 || epochs[i] < 1 || epochs[i] > MAX_EPOCH) {
                    throw new IllegalArgumentException("an epoch is a number from 1 to " + MAX_EPOCH);
                }
            } catch (final IllegalArgumentException e) {
                // not the line itself: it may hold a key
                throw new IOException("key " + (i + 1) + " of " + file + " is not `EPOCH HEX` with 64 hex digits", e);
            }
        }
        if (epochs.length == MAX_KEYS && epochs[0] == epochs[1]) {
            throw new IOException(file + " has two keys of epoch " + epochs[0]);
        }
        return new KeyRing(epochs, keys);
    }

    private static void requireLength(final byte[] key) {
        if (key.length != KEY_BYTES) {
            throw new IllegalArgumentException("a group key has " + KEY_BYTES + " bytes, not " + key.length);
        }
    }

    /** Epoch of the key to send with. */
    int active() {
        return epochs[0];
    }

    /** Derives the key of a launch; false if there is no group key of this epoch. Allocates nothing. */
    boolean derive(final int epoch, final long cluster, final long origin, final byte[] target) {
        assert target.length == Hmac.BYTES : target.length;
        for (int i = 0; i < epochs.length; i++) {
            if (epochs[i] == epoch) {
                // extract: the salt is the cluster, so that one key used for two clusters is two
                putLong(scratch, 0, cluster);
                hmac.key(scratch, 0, Long.BYTES).update(keys[i], 0, KEY_BYTES).finish(scratch, 0);
                putLong(context, INFO.length, origin);
                assert context[context.length - 1] == 1;
                hmac.key(scratch, 0, Hmac.BYTES)
                        .update(context, 0, INFO.length + Long.BYTES)
                        .update(context, context.length - 1, 1)
                        .finish(target, 0);
                return true;
            }
        }
        return false;
    }

    private static void putLong(final byte[] bytes, final int offset, final long value) {
        for (int i = 0; i < Long.BYTES; i++) {
            bytes[offset + i] = (byte) (value >>> Byte.SIZE * i);
        }
    }
}
