package io.abelia.engine.clock;

/**
 * What is needed to read the next clock of one author: the full delivery clock of the author's last record, by local origin
 * index, and the author's slots, by slot number.
 *
 * <p>Deltas of this form are due to Singhal and Kshemkalyani (1992), with the log in the place of FIFO channels.
 */
public final class AuthorClock implements AutoCloseable {
    private static final int INITIAL_ENTRIES = 4;

    private final OffHeapLongs entries = new OffHeapLongs(INITIAL_ENTRIES);
    private final OffHeapLongs slots = new OffHeapLongs(INITIAL_ENTRIES);
    private final OffHeapLongs slotByIndex = new OffHeapLongs(INITIAL_ENTRIES);
    private int slotCount;

    /** The author's delivery clock for a local origin index, as of its last applied record. */
    public long entry(final int originIndex) {
        return entries.get(originIndex);
    }

    public void entry(final int originIndex, final long seq) {
        entries.set(originIndex, seq);
    }

    public int slotCount() {
        return slotCount;
    }

    /** Local index of the origin that the author calls by a slot. */
    public int originIndex(final int slot) {
        assert slot >= 0 && slot < slotCount : slot;
        return (int) slots.get(slot);
    }

    /** The author's slot for a local origin index, or -1. */
    public int slotOf(final int originIndex) {
        assert slotByIndex.get(originIndex) <= slotCount : originIndex;
        return (int) slotByIndex.get(originIndex) - 1;
    }

    /** Gives the author's next slot to an origin. */
    public int addSlot(final int originIndex) {
        assert originIndex >= 0 : originIndex;
        final int slot = slotCount++;
        slots.set(slot, originIndex);
        slotByIndex.set(originIndex, slot + 1L);
        return slot;
    }

    @Override
    public void close() {
        entries.close();
        slots.close();
        slotByIndex.close();
    }
}
