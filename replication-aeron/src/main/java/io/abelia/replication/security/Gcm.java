package io.abelia.replication.security;

import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** The cipher of a frame. A launch has a key of its own and counts its frames, so no nonce occurs twice under one key. */
final class Gcm {
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private Gcm() {}

    /** Begins with a frame whose header has been written; the header is authenticated with the body. */
    static Cipher cipher(final int mode, final byte[] key, final byte[] frame) throws GeneralSecurityException {
        assert key.length == Hmac.BYTES : key.length;
        assert frame.length >= Frame.HEADER_BYTES : frame.length;
        final byte[] nonce = new byte[NONCE_BYTES];
        System.arraycopy(frame, Frame.COUNTER_OFFSET, nonce, 0, Long.BYTES);
        final Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(frame, 0, Frame.HEADER_BYTES);
        return cipher;
    }
}
