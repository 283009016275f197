package io.abelia.replication.security;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * HMAC-SHA256 (RFC 2104) that allocates nothing, which {@code javax.crypto.Mac} does for each tag. The hash is the JDK's. One thread.
 */
final class Hmac {
    static final int BYTES = 32;
    private static final int BLOCK_BYTES = 64;

    private final MessageDigest sha;
    private final byte[] inner = new byte[BLOCK_BYTES];
    private final byte[] outer = new byte[BLOCK_BYTES];
    private final byte[] hash = new byte[BYTES];

    Hmac() {
        try {
            sha = MessageDigest.getInstance("SHA-256");
        } catch (final NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
        assert sha.getDigestLength() == BYTES : sha.getDigestLength();
    }

    /** Begins a tag under a key of at most 64 bytes. */
    Hmac key(final byte[] key, final int offset, final int lengthBytes) {
        if (lengthBytes > BLOCK_BYTES) {
            throw new IllegalArgumentException("a key has at most " + BLOCK_BYTES + " bytes");
        }
        assert offset >= 0 && lengthBytes >= 0 && offset + lengthBytes <= key.length : lengthBytes;
        Arrays.fill(inner, (byte) 0x36);
        Arrays.fill(outer, (byte) 0x5c);
        for (int i = 0; i < lengthBytes; i++) {
            inner[i] ^= key[offset + i];
            outer[i] ^= key[offset + i];
        }
        sha.reset();
        sha.update(inner, 0, BLOCK_BYTES);
        return this;
    }

    Hmac update(final byte[] bytes, final int offset, final int lengthBytes) {
        sha.update(bytes, offset, lengthBytes);
        return this;
    }

    /** Writes the tag of 32 bytes. */
    void finish(final byte[] target, final int offset) {
        assert offset >= 0 && offset + BYTES <= target.length : offset;
        try {
            sha.digest(hash, 0, BYTES);
            sha.update(outer, 0, BLOCK_BYTES);
            sha.update(hash, 0, BYTES);
            sha.digest(target, offset, BYTES);
        } catch (final DigestException e) {
            throw new IllegalStateException("a hash has " + BYTES + " bytes", e);
        }
    }
}
