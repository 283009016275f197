package io.abelia.coordination.wire;

import io.abelia.engine.codec.Limits;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;

/**
 * What a client asks of the group.
 *
 * <pre>
 *   offset  size  field
 *        0     1  version (1)
 *        1     1  kind
 *        2     8  client, as REGISTER returned it; 0 for REGISTER and READ
 *       10     8  number: of a COMMIT the same whenever it is sent again, else any
 *       18     8  lowest number of this client that is still open: answers to lower ones are forgotten
 *       26        conditions, queries (each: count (4), then so many), length (4) and bytes of encoded operations
 * </pre>
 *
 * @param kind what is asked
 * @param client who asks
 * @param number which of its requests
 * @param lowestOpen lowest number that the client may still ask about
 * @param conditions what must hold
 * @param queries what to answer, right behind the operations
 * @param operations what to do, as a record holds it
 */
public record Request(
        Kind kind,
        long client,
        long number,
        long lowestOpen,
        List<Condition> conditions,
        List<Query> queries,
        Blob operations) {
    /** Conditions, and queries, of one request. */
    public static final int MOST = 1024;

    /** Bytes of a request: what one message of the group's channels takes, less its headers. */
    public static final int MOST_BYTES = (1 << 20) - 256;

    private static final int VERSION = 1;

    /** What is asked. */
    public enum Kind {
        /** Begins a client. */
        REGISTER,
        /** Commits a transaction, once, however often it is sent. */
        COMMIT,
        /** Answers queries at one point of the order of all transactions. */
        READ
    }

    public static Request register(final long nonce) {
        return new Request(Kind.REGISTER, 0, nonce, 0, List.of(), List.of(), Blob.EMPTY);
    }

    public static Request read(final long number, final List<Query> queries) {
        return new Request(Kind.READ, 0, number, 0, List.of(), queries, Blob.EMPTY);
    }

    /** The bytes to send. */
    public byte[] encode() {
        assert kind == Kind.COMMIT || client == 0 : client;
        assert conditions.size() <= MOST && queries.size() <= MOST : conditions.size() + " and " + queries.size();
        assert operations.length() <= Limits.OPERATIONS_BYTES : operations;
        final WireWriter out = new WireWriter();
        out.putByte(VERSION).putEnum(kind).putLong(client).putLong(number).putLong(lowestOpen);
        assert out.length() == 2 * Byte.BYTES + 3 * Long.BYTES : out.length();
        out.putInt(conditions.size());
        conditions.forEach(condition -> condition.write(out));
        out.putInt(queries.size());
        queries.forEach(query -> query.write(out));
        return out.putBlob(operations).toBytes();
    }

    /**
     * Reads a request.
     *
     * @throws MalformedRequestException for bytes that no client of this version sends
     */
    public static Request decode(final DirectBuffer buffer, final int offset, final int lengthBytes) {
        final byte[] bytes = new byte[lengthBytes];
        buffer.getBytes(offset, bytes);
        final WireReader in = new WireReader(bytes);
        final int version = in.getByte();
        if (version != VERSION) {
            throw new MalformedRequestException("request of version " + version + "; this member reads " + VERSION);
        }
        final Kind kind = in.getEnum(Kind.values());
        final long client = in.getLong();
        final long number = in.getLong();
        final long lowestOpen = in.getLong();
        final List<Condition> conditions = new ArrayList<>();
        for (int i = in.getCount(MOST); i > 0; i--) {
            conditions.add(Condition.read(in));
        }
        final List<Query> queries = new ArrayList<>();
        for (int i = in.getCount(MOST); i > 0; i--) {
            queries.add(Query.read(in));
        }
        final Blob operations = in.getBlob(Limits.OPERATIONS_BYTES);
        if (in.hasRemaining()) {
            throw new MalformedRequestException("bytes behind the request");
        }
        return new Request(kind, client, number, lowestOpen, conditions, queries, operations);
    }
}
