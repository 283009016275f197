package io.abelia.replication.security;

import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Opens frames. Whatever is not what it claims to be is told so before anything is kept or believed. One thread; what has been opened is
 * valid until the next frame.
 *
 * <p>A frame that is captured and sent again is refused by its counter while its launch is remembered. After that, or to a node that has
 * been launched anew: one that is for a single launch is refused by that launch's origin, a number that nobody could know before; one
 * that is for all is a late duplicate, which the protocol takes as the network's.
 */
public final class Opener {
    private static final int MAX_SENDERS = 4096;
    private static final int UNKNOWN_PER_SECOND = 1000;
    private static final int NO_KEY = -1;
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long FORGET_NS = 600 * SECOND_NS;

    /** What is kept for a launch that has shown that it has the key. */
    private static final class Sender {
        final byte[] key = new byte[Hmac.BYTES];
        int epoch = NO_KEY;
        long lastToAll;
        long lastToThis;
        long heardNs;
    }

    private final Protection protection;
    private final long cluster;
    private final long ownOrigin;
    private final NanoClock nanoClock;
    private final byte[] bytes;
    private final UnsafeBuffer frame;
    private final byte[] opened;
    private final UnsafeBuffer body;
    private final Hmac hmac = new Hmac();
    private final byte[] key = new byte[Hmac.BYTES];
    private final byte[] tag = new byte[Hmac.BYTES];
    private final Long2ObjectHashMap<Sender> senders = new Long2ObjectHashMap<>();
    private KeyRing keys;
    private int bodyLength;
    private long secondNs;
    private int unknownThisSecond;

    /** Opens for a launch; with INSECURE the keys are not used. */
    public Opener(
            final Protection protection,
            final KeyRing keys,
            final long cluster,
            final long ownOrigin,
            final int maxBodyBytes,
            final NanoClock nanoClock) {
        assert ownOrigin != 0 && maxBodyBytes >= 0 : maxBodyBytes;
        this.protection = protection;
        this.keys = keys;
        this.cluster = cluster;
        this.ownOrigin = ownOrigin;
        this.nanoClock = nanoClock;
        this.bytes = new byte[maxBodyBytes + Frame.OVERHEAD_BYTES];
        this.frame = new UnsafeBuffer(bytes);
        this.opened = protection == Protection.ENCRYPT ? new byte[maxBodyBytes + Frame.TAG_BYTES] : bytes;
        this.body = new UnsafeBuffer(opened);
    }

    /** Uses other keys from now on. */
    public void keys(final KeyRing newKeys) {
        keys = newKeys;
        senders.values().forEach(sender -> sender.epoch = NO_KEY);
    }

    /** Opens a frame; only after OPENED do the accessors below tell of it. Allocates only for a launch that is new and authentic. */
    public Opened open(final DirectBuffer buffer, final int offset, final int lengthBytes) {
        final int tagBytes = protection == Protection.INSECURE ? 0 : Frame.TAG_BYTES;
        if (lengthBytes < Frame.HEADER_BYTES + tagBytes || lengthBytes > bytes.length) {
            return Opened.FORGED;
        }
        assert offset >= 0 && lengthBytes <= buffer.capacity() - offset : offset + " and " + lengthBytes;
        buffer.getBytes(offset, bytes, 0, Frame.HEADER_BYTES);
        if (frame.getByte(0) < 1
                || frame.getByte(Frame.PROTECTION_OFFSET) != protection.code()
                || frame.getLong(Frame.CLUSTER_OFFSET, ByteOrder.LITTLE_ENDIAN) != cluster) {
            return Opened.STRANGER;
        }
        if (origin() == ownOrigin) {
            return Opened.OWN;
        }
        final long to = frame.getLong(Frame.TO_OFFSET, ByteOrder.LITTLE_ENDIAN);
        if (to != 0 && to != ownOrigin) {
            return Opened.MISDIRECTED;
        }
        final long counter = frame.getLong(Frame.COUNTER_OFFSET, ByteOrder.LITTLE_ENDIAN);
        final Sender known = senders.get(origin());
        if (known != null && counter <= (to == 0 ? known.lastToAll : known.lastToThis)) {
            return Opened.REPLAYED;
        }
        buffer.getBytes(offset + Frame.HEADER_BYTES, bytes, Frame.HEADER_BYTES, lengthBytes - Frame.HEADER_BYTES);
        bodyLength = lengthBytes - Frame.HEADER_BYTES - tagBytes;
        assert bodyLength >= 0 && bodyLength <= bytes.length - Frame.HEADER_BYTES - tagBytes : bodyLength;
        final Opened result = protection == Protection.INSECURE ? openPlain() : open(known, lengthBytes);
        if (result == Opened.OPENED) {
            assert body.capacity() == bodyLength : body.capacity() + " for " + bodyLength;
            note(known, to, counter);
        }
        return result;
    }

    private Opened openPlain() {
        body.wrap(bytes, Frame.HEADER_BYTES, bodyLength);
        return Opened.OPENED;
    }

    private Opened open(final @Nullable Sender known, final int lengthBytes) {
        final int epoch = Short.toUnsignedInt(frame.getShort(Frame.EPOCH_OFFSET, ByteOrder.LITTLE_ENDIAN));
        byte[] frameKey = key;
        if (known != null && known.epoch == epoch) {
            frameKey = known.key;
        } else {
            if (known == null && !mayTryUnknown()) {
                return Opened.LIMITED;
            }
            if (!keys.derive(epoch, cluster, origin(), key)) {
                return Opened.STRANGER;
            }
        }
        if (protection == Protection.ENCRYPT) {
            return decrypt(frameKey, lengthBytes);
        }
        final int end = lengthBytes - Frame.TAG_BYTES;
        assert end >= Frame.HEADER_BYTES : end;
        hmac.key(frameKey, 0, Hmac.BYTES).update(bytes, 0, end).finish(tag, 0);
        int difference = 0;
        for (int i = 0; i < Frame.TAG_BYTES; i++) {
            difference |= tag[i] ^ bytes[end + i];
        }
        return difference == 0 ? openPlain() : Opened.FORGED;
    }

    private Opened decrypt(final byte[] frameKey, final int lengthBytes) {
        try {
            final Cipher cipher = Gcm.cipher(Cipher.DECRYPT_MODE, frameKey, bytes);
            cipher.doFinal(bytes, Frame.HEADER_BYTES, lengthBytes - Frame.HEADER_BYTES, opened, 0);
            body.wrap(opened, 0, bodyLength);
            return Opened.OPENED;
        } catch (final GeneralSecurityException e) {
            return Opened.FORGED;
        }
    }

    private boolean mayTryUnknown() {
        final long nowNs = nanoClock.nanoTime();
        if (nowNs - secondNs >= SECOND_NS) {
            secondNs = nowNs;
            unknownThisSecond = 0;
        }
        return unknownThisSecond++ < UNKNOWN_PER_SECOND;
    }

    private void note(final @Nullable Sender known, final long to, final long counter) {
        assert known == null || counter > (to == 0 ? known.lastToAll : known.lastToThis) : counter;
        Sender sender = known;
        if (sender == null) {
            if (senders.size() >= MAX_SENDERS) {
                final long nowNs = nanoClock.nanoTime();
                senders.values().removeIf(old -> nowNs - old.heardNs > FORGET_NS);
            }
            sender = new Sender();
            senders.put(origin(), sender);
        }
        final int epoch = Short.toUnsignedInt(frame.getShort(Frame.EPOCH_OFFSET, ByteOrder.LITTLE_ENDIAN));
        if (protection != Protection.INSECURE && sender.epoch != epoch) {
            sender.epoch = epoch;
            System.arraycopy(key, 0, sender.key, 0, key.length);
        }
        sender.heardNs = nanoClock.nanoTime();
        if (to == 0) {
            sender.lastToAll = counter;
        } else {
            sender.lastToThis = counter;
        }
    }

    /** What the frame carries. */
    public DirectBuffer body() {
        return body;
    }

    public int bodyLength() {
        return bodyLength;
    }

    public int kind() {
        return frame.getInt(Frame.KIND_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    /** Node of the sender. */
    public long node() {
        return frame.getLong(Frame.NODE_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    /** Origin of the sender's launch. */
    public long origin() {
        return frame.getLong(Frame.ORIGIN_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }
}
