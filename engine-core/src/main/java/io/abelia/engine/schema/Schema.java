package io.abelia.engine.schema;

import io.abelia.engine.codec.CellType;
import io.abelia.engine.codec.Hashing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Declared types of columns. Local commits that use a declared column with another type are refused; what is not declared is
 * free; deliveries from elsewhere are never refused. Immutable.
 *
 * <p>A table may also be declared coordinated: only transactions of mode COORDINATED use it then, and those use no other.
 *
 * <p>As a file, one declaration a line: {@code table.column = TYPE}, or {@code table = TYPE} for cells without a column; the
 * last dot separates; {@code coordinated table}; {@code #} begins a comment.
 */
public final class Schema {
    private static final int COORDINATED_CODE = 0x100; // beyond all types
    private static final String COORDINATED = "coordinated ";
    private final Map<String, CellType> declarations;
    private final Long2ObjectHashMap<List<Column>> columns = new Long2ObjectHashMap<>();
    private final SortedSet<String> coordinated;
    private final Long2ObjectHashMap<List<byte[]>> coordinatedTables = new Long2ObjectHashMap<>();
    private final long hash;

    /** A declared column; names that are used are compared with its own, since others may have the same hash. */
    private static final class Column {
        private final byte[] table;
        private final byte[] name;
        private final CellType type;
        private final long key;

        Column(final String table, final String name, final CellType type) {
            this.table = NameHash.bytes(table);
            this.name = NameHash.bytes(name);
            this.type = type;
            this.key = columnKey(NameHash.of(table), NameHash.of(name));
        }
    }

    private Schema(
            final Map<String, CellType> declarations,
            final Map<String, Column> declared,
            final SortedSet<String> coordinated) {
        this.declarations = declarations;
        this.coordinated = coordinated;
        long sum = 0;
        for (final String table : coordinated) {
            coordinatedTables
                    .computeIfAbsent(NameHash.of(table), ignored -> new ArrayList<>())
                    .add(NameHash.bytes(table));
            sum += Hashing.combine(NameHash.of(table), COORDINATED_CODE);
        }
        for (final Column column : declared.values()) {
            columns.computeIfAbsent(column.key, ignored -> new ArrayList<>()).add(column);
            sum += Hashing.combine(column.key, column.type.code());
        }
        hash = sum;
    }

    public static Builder builder() {
        return new Builder();
    }

    /**
     * Reads a schema file.
     *
     * @throws IllegalArgumentException with file, line and reason for a line that is no declaration
     */
    public static Schema read(final Path file) throws IOException {
        final Builder builder = builder();
        final List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        for (int i = 0; i < lines.size(); i++) {
            final String line = lines.get(i).replaceFirst("#.*", "").strip();
            if (!line.isEmpty()) {
                try {
                    builder.declareLine(line);
                } catch (final IllegalArgumentException e) {
                    throw new IllegalArgumentException(file + " line " + (i + 1) + ": " + e.getMessage(), e);
                }
            }
        }
        return builder.build();
    }

    /**
     * Declared type of a column; null where nothing is declared.
     *
     * @param tableHash hash of the table's name, as {@link io.abelia.engine.codec.Operation#nameHash} tells it
     * @param columnHash hash of the column's name
     * @param table address of the table's name
     * @param column address of the column's name
     */
    public @Nullable CellType typeOf(
            final long tableHash,
            final long columnHash,
            final long table,
            final int tableLength,
            final long column,
            final int columnLength) {
        final List<Column> candidates = columns.get(columnKey(tableHash, columnHash));
        for (int i = 0; candidates != null && i < candidates.size(); i++) {
            final Column candidate = candidates.get(i);
            if (NameHash.isSame(candidate.table, table, tableLength)
                    && NameHash.isSame(candidate.name, column, columnLength)) {
                return candidate.type;
            }
        }
        return null;
    }

    /** Whether a table, by the bytes and the hash of its name, is declared coordinated. */
    public boolean isCoordinated(final long table, final int tableLength, final long tableHash) {
        final List<byte[]> candidates = coordinatedTables.get(tableHash);
        for (int i = 0; candidates != null && i < candidates.size(); i++) {
            if (NameHash.isSame(candidates.get(i), table, tableLength)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a table is declared coordinated. */
    public boolean isCoordinated(final String table) {
        return coordinated.contains(table);
    }

    private static long columnKey(final long tableHash, final long columnHash) {
        return Hashing.combine(tableHash, columnHash);
    }

    /** Equal for equal declarations, whatever their order. */
    public long hash() {
        return hash;
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof Schema schema
                && declarations.equals(schema.declarations)
                && coordinated.equals(schema.coordinated);
    }

    @Override
    public int hashCode() {
        return Objects.hash(declarations, coordinated);
    }

    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder();
        declarations.forEach(
                (column, type) -> text.append(column).append(" = ").append(type).append('\n'));
        coordinated.forEach(table -> text.append(COORDINATED).append(table).append('\n'));
        return text.toString();
    }

    /** Collects declarations. */
    public static final class Builder {
        private final Map<String, CellType> declarations = new TreeMap<>();
        private final Map<String, Column> columns = new TreeMap<>();
        private final SortedSet<String> coordinated = new TreeSet<>();

        /** Declares the type of a column; an empty column stands for cells without one. */
        public Builder declare(final String table, final String column, final CellType type) {
            final String name = column.isEmpty() ? table : table + "." + column;
            final CellType earlier = declarations.putIfAbsent(name, type);
            if (earlier != null && earlier != type) {
                throw new IllegalArgumentException(name + " is declared as " + earlier + " and as " + type);
            }
            columns.put(name, new Column(table, column, type));
            return this;
        }

        /** Declares that a table is used through consensus only. */
        public Builder coordinated(final String table) {
            if (table.isBlank()) {
                throw new IllegalArgumentException("a table needs a name");
            }
            coordinated.add(table);
            return this;
        }

        private void declareLine(final String line) {
            if (line.startsWith(COORDINATED) && line.indexOf('=') < 0) {
                coordinated(line.substring(COORDINATED.length()).strip());
                return;
            }
            final int equals = line.indexOf('=');
            if (equals <= 0) {
                throw new IllegalArgumentException(
                        "expected `table.column = TYPE` or `coordinated table`, found `" + line + "`");
            }
            final String name = line.substring(0, equals).strip();
            final String typeName = line.substring(equals + 1).strip();
            final CellType type;
            try {
                type = CellType.valueOf(typeName.toUpperCase(Locale.ROOT));
            } catch (final IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "no type " + typeName + "; the types are " + List.of(CellType.values()), e);
            }
            final int dot = name.lastIndexOf('.');
            if (name.isEmpty() || dot == 0) {
                throw new IllegalArgumentException("a table needs a name: `" + line + "`");
            }
            declare(dot < 0 ? name : name.substring(0, dot), dot < 0 ? "" : name.substring(dot + 1), type);
        }

        public Schema build() {
            return new Schema(new TreeMap<>(declarations), columns, new TreeSet<>(coordinated));
        }
    }
}
