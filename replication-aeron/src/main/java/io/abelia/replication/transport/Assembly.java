package io.abelia.replication.transport;

import io.abelia.replication.security.Frame;
import io.aeron.FragmentAssembler;
import io.aeron.Image;
import io.aeron.logbuffer.FragmentHandler;
import io.aeron.logbuffer.FrameDescriptor;
import io.aeron.logbuffer.Header;
import org.agrona.DirectBuffer;
import org.agrona.collections.Int2IntHashMap;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/**
 * Puts frames together that were cut into datagrams. Fragments are not authenticated yet, so what is kept of them is bounded: in length for
 * each session, and in sessions; the rest of a frame that is too long is passed over.
 */
final class Assembly implements FragmentHandler {
    /** Receives whole frames. */
    @FunctionalInterface
    interface Frames {
        void onFrame(DirectBuffer buffer, int offset, int lengthBytes, Header header);
    }

    private static final int INITIAL_BYTES = 4096;
    private static final int MAX_SESSIONS = 256;
    private static final int MAX_BYTES = AeronTransport.MAX_MESSAGE_BYTES + Frame.OVERHEAD_BYTES;
    private static final int NONE = 0;

    private final Frames frames;
    private final FragmentAssembler assembler;
    private final Int2IntHashMap lengths = new Int2IntHashMap(NONE);
    private final ManyToOneConcurrentArrayQueue<Integer> gone = new ManyToOneConcurrentArrayQueue<>(MAX_SESSIONS);

    Assembly(final Frames frames) {
        this.frames = frames;
        this.assembler = new FragmentAssembler(frames::onFrame, INITIAL_BYTES);
    }

    @Override
    public void onFragment(final DirectBuffer buffer, final int offset, final int length, final Header header) {
        final byte flags = header.flags();
        if ((flags & FrameDescriptor.UNFRAGMENTED) == FrameDescriptor.UNFRAGMENTED) {
            frames.onFrame(buffer, offset, length, header);
            return;
        }
        final int session = header.sessionId();
        final boolean begins = (flags & FrameDescriptor.BEGIN_FRAG_FLAG) != 0;
        final int before = begins ? NONE : lengths.get(session);
        assert before >= 0 : before;
        if (!begins && before == NONE || before + length == NONE) {
            return; // the rest of what was passed over, or a beginning that holds nothing
        }
        if (before + length > MAX_BYTES || begins && !lengths.containsKey(session) && lengths.size() >= MAX_SESSIONS) {
            forget(session);
            return;
        }
        lengths.put(session, before + length);
        assert lengths.size() <= MAX_SESSIONS : lengths.size();
        assembler.onFragment(buffer, offset, length, header);
    }

    private void forget(final int session) {
        lengths.remove(session);
        assembler.freeSessionBuffer(session);
    }

    /** Aeron's thread tells that a session has ended. */
    void onGone(final Image image) {
        gone.offer(image.sessionId());
    }

    /** Lets go of what was kept for sessions that have ended. */
    void forgetGone() {
        for (Integer session = gone.poll(); session != null; session = gone.poll()) {
            forget(session);
        }
    }
}
