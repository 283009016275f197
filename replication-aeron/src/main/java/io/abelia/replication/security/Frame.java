package io.abelia.replication.security;

/**
 * Layout of a frame, which is what travels as one Aeron message. Little-endian.
 *
 * <pre>
 *    0   1  wire version
 *    1   1  protection (0 insecure, 1 AUTH, 2 ENCRYPT)
 *    2   2  epoch of the group key, 0 if insecure
 *    4   4  kind of the body
 *    8   8  cluster: the first 8 bytes of the SHA-256 of its name
 *   16   8  sender's node
 *   24   8  origin of the sender's launch
 *   32   8  origin of the launch that it is for; 0 for all
 *   40   8  counter of the launch's frames; the nonce of GCM
 *   48      body; encrypted with ENCRYPT
 *   end 16  tag, unless insecure: HMAC-SHA256 of everything before, cut; or GCM's, with the header as additional data
 * </pre>
 */
public final class Frame {
    public static final int VERSION = 1;
    public static final int HEADER_BYTES = 48;
    public static final int TAG_BYTES = 16;
    /** What a frame adds to its body, at most. */
    public static final int OVERHEAD_BYTES = HEADER_BYTES + TAG_BYTES;

    static final int PROTECTION_OFFSET = 1;
    static final int EPOCH_OFFSET = 2;
    static final int KIND_OFFSET = 4;
    static final int CLUSTER_OFFSET = 8;
    static final int NODE_OFFSET = 16;
    static final int ORIGIN_OFFSET = 24;
    static final int TO_OFFSET = 32;
    static final int COUNTER_OFFSET = 40;

    private Frame() {}
}
