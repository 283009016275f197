package io.abelia.engine.replicate;

/**
 * Layout of messages. Little-endian, numbers as varints unless said otherwise.
 *
 * <pre>
 *   every message    4 bytes CRC-32C of all that follows, 1 byte wire version, 1 byte kind, 8 bytes group, 8 bytes sender
 *                    node, 8 bytes origin of the sender's launch, 8 bytes time of the launch
 *   RECORDS          records, each 4 bytes length, then its bytes
 *   HEARTBEAT        epoch, 8 bytes schema hash, view, 1 byte of flags (1 joined, 2 votes, 4 undecided), 8 bytes incarnation, clock applied, clock of what can be
 *                    had from the node (applied, and kept without being understood), clock stable, clock applied when the
 *                    stable clock was taken, clock applied or kept, forced or not, 8 bytes origin of the heir whose directory the sender's descends from,
 *                    epoch in which the directory joined, 8 bytes wall clock in milliseconds since 1970,
 *                    count, then per claim of a number that is refused 8 bytes number, 8 bytes origin that claims it
 *   CATCH_UP         8 bytes log position to go on from (0 for none), clock applied
 *   CAUGHT_UP        8 bytes log position to go on from, 1 byte whether there is more
 *   BELOW_FLOOR      8 bytes snapshot id, 8 bytes its length: the records asked for are gone, fetch this snapshot
 *   FETCH            8 bytes snapshot id, 8 bytes offset
 *   PIECE            8 bytes snapshot id, 8 bytes offset, the bytes
 *   MEMBERSHIP       1 byte step (1 prepare, 2 promise, 3 accept, 4 accepted), epoch number, ballot, ballot accepted, change
 *   FENCED           8 bytes origin of the launch that is told, clock that an earlier launch of the addressed node had reported as durable, and this one lacks
 *   RIGHTS           8 bytes number of the want, 8 bytes amount, then table, key and column, each length and UTF-8: rights wanted of a bounded counter
 *
 *   clock            count, then per entry 8 bytes origin, seq
 *   view             count, then per entry 8 bytes node, 8 bytes origin, 8 bytes time
 *   epoch            number; count, then per member 8 bytes node, 8 bytes incarnation; count, then per removed node 8 bytes, and 8 bytes the
 *                    member that takes over; count, then per node with an heir 8 bytes, and 8 bytes the heir's origin;
 *                    count, then per node 8 bytes, and 8 bytes the epoch of its admission
 *   ballot           round, 8 bytes node
 *   change           1 byte kind (0 none, 1 add, 2 remove, 3 succeed), 8 bytes node, 8 bytes incarnation, or origin that succeeds
 * </pre>
 *
 * <p>A later version of a message may be longer: what follows the fields that a node knows is not looked at, and kinds that it does not
 * know are counted and dropped.
 */
final class Message {
    static final int VERSION = 1;
    static final int RECORDS = 1;
    static final int HEARTBEAT = 2;
    static final int CATCH_UP = 3;
    static final int CAUGHT_UP = 4;
    static final int BELOW_FLOOR = 5;
    static final int FETCH = 6;
    static final int PIECE = 7;
    static final int MEMBERSHIP = 8;
    static final int FENCED = 9;
    static final int RIGHTS = 10;
    static final int HEADER_BYTES = 38;
    static final int MAX_CLOCK_ENTRIES = 1 << 16;

    private Message() {}
}
