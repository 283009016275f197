package io.abelia.proofs.simulator;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;

/** Records as a later build would write them: known by their header and checksum, and by nothing else. Nodes keep them aside and pass them on. */
final class LaterVersion {
    private static final int HEADER = 40;
    private static final int CHECKED_FROM = 8;
    private static final byte VERSION = 2;
    private static final int MOST_BYTES = 100;

    private final SplittableRandom random;

    LaterVersion(final SplittableRandom random) {
        this.random = random;
    }

    /** The first record of an origin of such a build. */
    byte[] record() {
        final int length = HEADER + 1 + random.nextInt(MOST_BYTES);
        final ByteBuffer record = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        random.nextBytes(record.array());
        record.putInt(0, length);
        record.put(CHECKED_FROM, VERSION);
        record.putLong(16, random.nextLong());
        record.putLong(24, 1);
        final CRC32C checksum = new CRC32C();
        checksum.update(record.array(), CHECKED_FROM, length - CHECKED_FROM);
        record.putInt(4, (int) checksum.getValue());
        return record.array();
    }
}
