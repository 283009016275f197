package io.abelia.engine.state;

import org.agrona.UnsafeApi;

/**
 * What blocks held before they were changed while a snapshot was open: a ring of images, each linked to the next older one of
 * its block. Bounded: when the ring comes round to images that an open snapshot may need, that snapshot is lost
 * ({@code SNAPSHOT_TOO_OLD}), never a commit.
 *
 * <p>With the commit lock. An image is: 8 bytes position of the older image, 8 bytes version, 4 bytes body length,
 * 4 bytes flags, body.
 */
public final class BeforeImages implements AutoCloseable {
    /** Most snapshots open at once. */
    public static final int MAX_SNAPSHOTS = 1024;
    /** {@link #open} when {@link #MAX_SNAPSHOTS} are open. */
    public static final int TOO_MANY = -1;

    private static final int IMAGE_HEADER = 24;
    private static final long NOT_OPEN = -1;
    private static final long LOST = -2;

    private final long ring;
    private final long capacity;
    private final long[] versions = new long[MAX_SNAPSHOTS];
    private final long[] starts = new long[MAX_SNAPSHOTS];
    private int used;
    private int openCount;
    private long newest = NOT_OPEN;
    private long oldest = Long.MAX_VALUE;
    private long head = Long.BYTES;

    public BeforeImages(final int capacityBytes) {
        assert capacityBytes > IMAGE_HEADER : capacityBytes;
        ring = UnsafeApi.allocateMemory(capacityBytes);
        capacity = capacityBytes;
    }

    /** Opens a snapshot of everything up to a version; returns its id or {@link #TOO_MANY}. */
    public int open(final long version) {
        assert version >= 0 : version;
        int id = 0;
        while (id < used && versions[id] != NOT_OPEN) {
            id++;
        }
        if (id == MAX_SNAPSHOTS) {
            return TOO_MANY;
        }
        used = Math.max(used, id + 1);
        versions[id] = version;
        starts[id] = head;
        openCount++;
        newest = Math.max(newest, version);
        oldest = Math.min(oldest, version);
        return id;
    }

    /** Closes a snapshot. */
    public void close(final int id) {
        assert id >= 0 && id < used && versions[id] != NOT_OPEN : id;
        assert openCount > 0 : openCount;
        versions[id] = NOT_OPEN;
        openCount--;
        refreshBounds();
    }

    private void refreshBounds() {
        newest = NOT_OPEN;
        oldest = Long.MAX_VALUE;
        while (used > 0 && versions[used - 1] == NOT_OPEN) {
            used--;
        }
        for (int i = 0; i < used; i++) {
            if (versions[i] >= 0) {
                newest = Math.max(newest, versions[i]);
                oldest = Math.min(oldest, versions[i]);
            }
        }
    }

    /** Snapshots open, also those whose images have been lost. */
    public int openCount() {
        return openCount;
    }

    /** Version of the newest open snapshot, -1 when none is open. */
    public long newest() {
        return newest;
    }

    /** Version of the oldest open snapshot, {@link Long#MAX_VALUE} when none is open. */
    public long oldest() {
        return oldest;
    }

    /** Whether a snapshot's images have been overwritten. */
    public boolean isLost(final int id) {
        return versions[id] == LOST;
    }

    /** Gives all open snapshots up, so that what waits for them can go. */
    public void loseAll() {
        for (int i = 0; i < used; i++) {
            if (versions[i] >= 0) {
                versions[i] = LOST;
            }
        }
        refreshBounds();
    }

    /** Keeps what a block holds now. */
    public void push(final long block, final long body, final int bodyLength) {
        assert Block.version(block) <= newest : "no open snapshot sees it";
        final int length = IMAGE_HEADER + (bodyLength + 7 & -8);
        if (length > capacity / 2) {
            loseAll();
            return;
        }
        if (head % capacity + length > capacity) {
            head += capacity - head % capacity;
        }
        assert head % capacity + length <= capacity : head;
        final long tail = head + length - capacity;
        boolean lost = false;
        for (int i = 0; i < used; i++) {
            if (versions[i] >= 0 && starts[i] < tail) {
                versions[i] = LOST;
                lost = true;
            }
        }
        if (lost) {
            refreshBounds();
        }
        final long image = ring + head % capacity;
        UnsafeApi.putLong(image, Block.image(block));
        UnsafeApi.putLong(image + 8, Block.version(block));
        UnsafeApi.putInt(image + 16, bodyLength);
        UnsafeApi.putInt(image + 20, Block.flags(block));
        UnsafeApi.copyMemory(body, image + IMAGE_HEADER, bodyLength);
        Block.image(block, head);
        head += length;
    }

    /**
     * Finds what a block held at a snapshot.
     *
     * @return address of the image, or 0 where the block did not exist then
     */
    long find(final long block, final int id) {
        final long version = versions[id];
        assert version >= 0 : version;
        long position = Block.image(block);
        while (position >= starts[id] && position != 0) {
            assert position < head : position;
            final long image = ring + position % capacity;
            if (UnsafeApi.getLong(image + 8) <= version) {
                return image;
            }
            position = UnsafeApi.getLong(image);
        }
        return 0;
    }

    long version(final int id) {
        return versions[id];
    }

    static boolean isImageAbsent(final long image) {
        assert image != 0;
        return (UnsafeApi.getInt(image + 20) & Block.ABSENT) != 0;
    }

    static long imageBody(final long image) {
        return image + IMAGE_HEADER;
    }

    static int imageBodyLength(final long image) {
        assert UnsafeApi.getInt(image + 16) >= 0 : UnsafeApi.getInt(image + 16);
        return UnsafeApi.getInt(image + 16);
    }

    @Override
    public void close() {
        UnsafeApi.freeMemory(ring);
    }
}
