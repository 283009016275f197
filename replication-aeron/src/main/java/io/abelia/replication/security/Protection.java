package io.abelia.replication.security;

/** How frames are protected. All nodes of a group use the same. */
public enum Protection {
    /** Not at all: whoever reaches the network can read and write. To be asked for explicitly. */
    INSECURE(0),
    /** Each frame carries an HMAC-SHA256 tag (RFC 2104), cut to 16 bytes: strangers can read, and write nothing. Allocates nothing. */
    AUTH(1),
    /** Each frame is sealed with AES-256-GCM (NIST SP 800-38D) by the JDK's provider: strangers can neither read nor write. */
    ENCRYPT(2);

    private final byte code;

    Protection(final int code) {
        this.code = (byte) code;
    }

    /** What stands for it in a frame. */
    byte code() {
        return code;
    }
}
