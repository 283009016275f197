package io.abelia.coordination.wire;

import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;

/**
 * What the group answers to a request.
 *
 * <pre>
 *   offset  size  field
 *        0     1  result
 *        1     8  number of the request
 *        9     8  position
 *       17     4  index of the condition that did not hold, or -1
 *       21        length (4) and UTF-8 of the reason, count (4) of answers, each length (4) and bytes
 * </pre>
 *
 * @param result what came of it
 * @param number of which request
 * @param position REGISTERED: the client; else how many transactions have been committed in all, this one included
 * @param condition index of the condition that did not hold, or -1
 * @param reason REFUSED: why; else empty
 * @param answers to the queries, in their order
 */
public record Response(Result result, long number, long position, int condition, String reason, List<Blob> answers) {
    private static final int MOST_BYTES = 1 << 20;
    private static final int REASON_BYTES = 4096;

    /** What came of a request. */
    public enum Result {
        /** The client may commit. */
        REGISTERED,
        /** Done, now or when it was sent before. */
        COMMITTED,
        /** A condition did not hold; nothing changed. */
        CONDITION_FAILED,
        /** A read would be answered otherwise by now; nothing changed. */
        CONFLICT,
        /** Answers to a READ. */
        ANSWERED,
        /** Cannot be done, whenever it is sent; nothing changed. */
        REFUSED,
        /** The client has too many requests open; nothing changed, and the same request may be sent again. */
        BUSY,
        /** The client is not, or no longer, known: whether its request was committed before cannot be said. */
        EXPIRED
    }

    /** A response without answers. */
    public static Response of(final Result result, final long number, final long position) {
        return new Response(result, number, position, -1, "", List.of());
    }

    public static Response refused(final long number, final String reason) {
        return new Response(Result.REFUSED, number, 0, -1, reason, List.of());
    }

    public byte[] encode() {
        assert condition >= 0 == (result == Result.CONDITION_FAILED || result == Result.CONFLICT) : result;
        assert answers.size() <= Request.MOST : answers.size();
        final WireWriter out = new WireWriter();
        out.putEnum(result).putLong(number).putLong(position).putInt(condition);
        assert out.length() == Byte.BYTES + 2 * Long.BYTES + Integer.BYTES : out.length();
        out.putText(reason.length() > REASON_BYTES / 4 ? reason.substring(0, REASON_BYTES / 4) : reason);
        out.putInt(answers.size());
        answers.forEach(out::putBlob);
        assert out.length() <= MOST_BYTES : out.length();
        return out.toBytes();
    }

    /** Reads a response. */
    public static Response decode(final DirectBuffer buffer, final int offset, final int lengthBytes) {
        final byte[] bytes = new byte[lengthBytes];
        buffer.getBytes(offset, bytes);
        final WireReader in = new WireReader(bytes);
        final Result result = in.getEnum(Result.values());
        final long number = in.getLong();
        final long position = in.getLong();
        final int condition = in.getInt();
        final String reason = in.getText(REASON_BYTES);
        final List<Blob> answers = new ArrayList<>();
        for (int i = in.getCount(Request.MOST); i > 0; i--) {
            answers.add(in.getBlob(MOST_BYTES));
        }
        return new Response(result, number, position, condition, reason, answers);
    }
}
