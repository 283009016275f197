package io.abelia.replication.security;

import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.Cipher;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Makes frames of what one launch sends. One thread; the frame is valid until the next one. */
public final class Sealer {
    private final Protection protection;
    private final long cluster;
    private final long node;
    private final long origin;
    private final byte[] bytes;
    private final UnsafeBuffer frame;
    private final Hmac hmac = new Hmac();
    private final byte[] key = new byte[Hmac.BYTES];
    private final byte[] tag = new byte[Hmac.BYTES];
    private final AtomicLong counter;
    private KeyRing keys;
    private int epoch;
    private byte[] sealed = new byte[0];

    /**
     * Seals for a launch; with INSECURE the keys are not used.
     *
     * @param counter of the launch's frames: all sealers of one launch share it, since they share the launch's key
     */
    public Sealer(
            final Protection protection,
            final KeyRing keys,
            final long cluster,
            final long node,
            final long origin,
            final AtomicLong counter,
            final int maxBodyBytes) {
        assert origin != 0 && maxBodyBytes >= 0 : maxBodyBytes;
        this.counter = counter;
        this.protection = protection;
        this.cluster = cluster;
        this.node = node;
        this.origin = origin;
        this.keys = keys;
        this.bytes = new byte[maxBodyBytes + Frame.OVERHEAD_BYTES];
        this.frame = new UnsafeBuffer(bytes);
        keys(keys);
    }

    /** Uses other keys from now on. */
    public void keys(final KeyRing newKeys) {
        keys = newKeys;
        epoch = protection == Protection.INSECURE ? 0 : keys.active();
        if (protection != Protection.INSECURE) {
            keys.derive(epoch, cluster, origin, key);
        }
    }

    /** The frame made last. */
    public DirectBuffer frame() {
        return frame;
    }

    /**
     * Makes a frame.
     *
     * @param to origin of the launch that it is for, 0 for all
     * @return its length in bytes
     */
    public int seal(final int kind, final long to, final DirectBuffer body, final int offset, final int lengthBytes) {
        assert lengthBytes >= 0 && lengthBytes <= bytes.length - Frame.OVERHEAD_BYTES : lengthBytes;
        assert offset >= 0 && lengthBytes <= body.capacity() - offset : offset + " and " + lengthBytes;
        frame.putLong(0, 0);
        frame.putByte(0, (byte) Frame.VERSION);
        frame.putByte(Frame.PROTECTION_OFFSET, protection.code());
        frame.putShort(Frame.EPOCH_OFFSET, (short) epoch, ByteOrder.LITTLE_ENDIAN);
        frame.putInt(Frame.KIND_OFFSET, kind, ByteOrder.LITTLE_ENDIAN);
        frame.putLong(Frame.CLUSTER_OFFSET, cluster, ByteOrder.LITTLE_ENDIAN);
        frame.putLong(Frame.NODE_OFFSET, node, ByteOrder.LITTLE_ENDIAN);
        frame.putLong(Frame.ORIGIN_OFFSET, origin, ByteOrder.LITTLE_ENDIAN);
        frame.putLong(Frame.TO_OFFSET, to, ByteOrder.LITTLE_ENDIAN);
        frame.putLong(Frame.COUNTER_OFFSET, counter.incrementAndGet(), ByteOrder.LITTLE_ENDIAN);
        assert counter.get() > 0 : counter;
        final int end = Frame.HEADER_BYTES + lengthBytes;
        body.getBytes(offset, bytes, Frame.HEADER_BYTES, lengthBytes);
        if (protection == Protection.INSECURE) {
            return end;
        }
        if (protection == Protection.AUTH) {
            hmac.key(key, 0, Hmac.BYTES).update(bytes, 0, end).finish(tag, 0);
            System.arraycopy(tag, 0, bytes, end, Frame.TAG_BYTES);
        } else {
            encrypt(lengthBytes);
        }
        return end + Frame.TAG_BYTES;
    }

    private void encrypt(final int lengthBytes) {
        try {
            final Cipher cipher = Gcm.cipher(Cipher.ENCRYPT_MODE, key, bytes);
            if (sealed.length < lengthBytes + Frame.TAG_BYTES) {
                sealed = new byte[lengthBytes + Frame.TAG_BYTES];
            }
            final int length = cipher.doFinal(bytes, Frame.HEADER_BYTES, lengthBytes, sealed, 0);
            assert length == lengthBytes + Frame.TAG_BYTES : length;
            System.arraycopy(sealed, 0, bytes, Frame.HEADER_BYTES, length);
        } catch (final GeneralSecurityException e) {
            throw new IllegalStateException("AES-256-GCM does not seal", e);
        }
    }
}
