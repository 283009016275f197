package io.abelia.engine.state;

import static org.agrona.UnsafeApi.getByte;
import static org.agrona.UnsafeApi.getInt;
import static org.agrona.UnsafeApi.getLong;
import static org.agrona.UnsafeApi.getShort;
import static org.agrona.UnsafeApi.putByte;
import static org.agrona.UnsafeApi.putInt;
import static org.agrona.UnsafeApi.putLong;
import static org.agrona.UnsafeApi.putShort;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Limits;

/**
 * Layout of a block: one unit of state, that is a cell, or one element of a set. Little-endian, aligned to 8.
 *
 * <pre>
 *   offset  size  field
 *        0     8  position of the newest before-image, 0 for none
 *        8     8  version: number of the transaction that changed the block last
 *       16     8  placement: keyed hash that finds the block, of this store only
 *       24     8  scope
 *       32     8  placement of the next block of the list
 *       40     8  placement of the previous block of the list
 *       48     2  meta of the next block, 0 for none
 *       50     2  meta of the previous block, 0 for none
 *       52     2  own meta
 *       54     1  type code, 0 for blocks that hold no user data
 *       55     1  flags: 1 absent (removed, kept for a snapshot), 2 body in an extension, 4 element of a set, 8 waits to be freed
 *       56     4  place in the digest's list of changed blocks plus 1, 0 when not in it
 *       60     4  name length
 *       64     4  column id of a cell
 *       68     4  body length
 *       72     8  canonical hash of the unit, the same on every node; 0 for blocks that hold no user data
 *       80        inline body, of a length fixed by the type; with flag 2: 8 bytes extension id, 2 bytes its meta
 *                 name: key of a cell, canonical bytes of an element
 * </pre>
 */
public final class Block {
    public static final int HEADER_LENGTH = 80;
    static final int ABSENT = 1;
    static final int EXTENDED = 2;
    static final int ELEMENT = 4;
    static final int WAITING = 8;

    private static final int VERSION = 8;
    private static final int PLACEMENT = 16;
    private static final int SCOPE = 24;
    private static final int NEXT_PLACEMENT = 32;
    private static final int PREVIOUS_PLACEMENT = 40;
    private static final int NEXT_META = 48;
    private static final int PREVIOUS_META = 50;
    private static final int META = 52;
    private static final int TYPE = 54;
    private static final int FLAGS = 55;
    private static final int DIRTY = 56;
    private static final int NAME_LENGTH = 60;
    private static final int COLUMN = 64;
    private static final int BODY_LENGTH = 68;
    private static final int HASH = 72;
    private static final int SHORT_MASK = 0xFFFF;

    private Block() {}

    static long image(final long block) {
        assert isBlock(block) : block;
        return getLong(block);
    }

    static void image(final long block, final long position) {
        assert position > 0 : position;
        putLong(block, position);
    }

    static long version(final long block) {
        return getLong(block + VERSION);
    }

    static void version(final long block, final long version) {
        assert version >= 0 : version;
        putLong(block + VERSION, version);
    }

    /** Canonical hash of the unit, the same on every node. */
    public static long hash(final long block) {
        return getLong(block + HASH);
    }

    static void hash(final long block, final long hash) {
        putLong(block + HASH, hash);
    }

    /** Keyed hash that finds the block, see {@link PlacementKey}. */
    static long placement(final long block) {
        return getLong(block + PLACEMENT);
    }

    public static long scope(final long block) {
        return getLong(block + SCOPE);
    }

    static void identity(final long block, final long scope, final long placement, final int meta) {
        assert isBlock(block) : block;
        assert meta > 0 && meta <= SHORT_MASK : meta;
        putLong(block + SCOPE, scope);
        putLong(block + PLACEMENT, placement);
        putShort(block + META, (short) meta);
    }

    static int meta(final long block) {
        assert getShort(block + META) != 0 : block;
        return getShort(block + META) & SHORT_MASK;
    }

    static long nextPlacement(final long block) {
        return getLong(block + NEXT_PLACEMENT);
    }

    static int nextMeta(final long block) {
        return getShort(block + NEXT_META) & SHORT_MASK;
    }

    static void next(final long block, final long placement, final int meta) {
        assert meta >= 0 && meta <= SHORT_MASK : meta;
        assert meta != 0 || placement == 0 : placement;
        putLong(block + NEXT_PLACEMENT, placement);
        putShort(block + NEXT_META, (short) meta);
    }

    static long previousPlacement(final long block) {
        return getLong(block + PREVIOUS_PLACEMENT);
    }

    static int previousMeta(final long block) {
        return getShort(block + PREVIOUS_META) & SHORT_MASK;
    }

    static void previous(final long block, final long placement, final int meta) {
        assert meta >= 0 && meta <= SHORT_MASK : meta;
        assert meta != 0 || placement == 0 : placement;
        putLong(block + PREVIOUS_PLACEMENT, placement);
        putShort(block + PREVIOUS_META, (short) meta);
    }

    /** Type code, 0 for blocks that hold no user data. */
    public static int typeCode(final long block) {
        return getByte(block + TYPE);
    }

    static void typeCode(final long block, final int code) {
        assert CellType.ofCode(code) != null : code;
        putByte(block + TYPE, (byte) code);
    }

    static int flags(final long block) {
        assert isBlock(block) : block;
        return getByte(block + FLAGS);
    }

    static void flags(final long block, final int flags) {
        assert (flags & ~(ABSENT | EXTENDED | ELEMENT | WAITING)) == 0 : flags;
        putByte(block + FLAGS, (byte) flags);
    }

    /** Whether the unit has been removed and only waits for snapshots that still see it. */
    public static boolean isAbsent(final long block) {
        return (flags(block) & ABSENT) != 0;
    }

    /** Whether the unit is an element of a set. */
    public static boolean isElement(final long block) {
        return (flags(block) & ELEMENT) != 0;
    }

    static int dirty(final long block) {
        return getInt(block + DIRTY);
    }

    static void dirty(final long block, final int index) {
        assert index >= 0 : index;
        putInt(block + DIRTY, index);
    }

    public static int nameLength(final long block) {
        return getInt(block + NAME_LENGTH);
    }

    static void nameLength(final long block, final int length) {
        assert length >= 0 && length <= 1 + Limits.VALUE_BYTES : length;
        putInt(block + NAME_LENGTH, length);
    }

    /** Address of the name: key of a cell, canonical bytes of an element. */
    public static long name(final long block) {
        assert isBlock(block) : block;
        assert nameLength(block) >= 0 : nameLength(block);
        return block + HEADER_LENGTH + inlineBytes(block);
    }

    public static int columnId(final long block) {
        return getInt(block + COLUMN);
    }

    static void columnId(final long block, final int column) {
        assert column >= 0 : column;
        putInt(block + COLUMN, column);
    }

    public static int bodyLength(final long block) {
        assert isBlock(block) : block;
        return getInt(block + BODY_LENGTH);
    }

    /** Notes how long the state is that a block holds. */
    public static void bodyLength(final long block, final int length) {
        putInt(block + BODY_LENGTH, length);
    }

    /** Whether no effect has reached the block yet. */
    public static boolean isNew(final long block) {
        return getInt(block + BODY_LENGTH) == 0;
    }

    static int inlineBytes(final long block) {
        return inlineBytes(typeCode(block), isElement(block));
    }

    static int inlineBytes(final int typeCode, final boolean element) {
        assert typeCode == 0 || CellType.ofCode(typeCode) != null : typeCode;
        if (element) {
            return CellType.ELEMENT_INLINE_BYTES;
        }
        final CellType type = CellType.ofCode(typeCode);
        return type == null ? Names.INLINE_BYTES : type.inlineBytes();
    }

    /** Whether a set's cell block, whose state is its elements. */
    public static boolean isSetHead(final long block) {
        if (isElement(block)) {
            return false;
        }
        final CellType type = CellType.ofCode(typeCode(block));
        return type != null && type.isSet();
    }

    private static boolean isBlock(final long address) {
        return address != 0 && (address & Long.BYTES - 1) == 0;
    }
}
