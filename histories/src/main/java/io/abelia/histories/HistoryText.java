package io.abelia.histories;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * A history as text, to be kept in a file, read by people and judged again.
 *
 * <pre>
 * # a comment
 * multi 1 2        keys whose reads return all concurrent writes
 * session          begins a session; they are numbered from 0
 * w1 w3            a transaction a line: it writes keys 1 and 3
 * session
 * r1=0.0 r3=- w1   reads key 1 from transaction 0 of session 0, finds nothing in key 3, writes key 1
 * r2=0.0,1.2       reads what both wrote
 * r3=?             reads a value that nobody wrote
 * none             a transaction without operations
 * </pre>
 */
public final class HistoryText {
    private static final String COMMENT = "#";
    private static final String MULTI = "multi";
    private static final String SESSION = "session";
    private static final String NONE = "none";
    private static final String INITIAL = "-";
    private static final String NOWHERE = "?";

    private HistoryText() {}

    /** Writes a history; each line of the comment becomes one line of the text's head. */
    public static String write(final History history, final String comment) {
        final StringBuilder text = new StringBuilder();
        comment.lines()
                .forEach(line -> text.append(COMMENT).append(' ').append(line).append('\n'));
        text.append(MULTI);
        for (int key = 0; key < history.keys(); key++) {
            if (history.isMultiValue(key)) {
                text.append(' ').append(key);
            }
        }
        text.append('\n');
        for (int session = 0; session < history.sessions(); session++) {
            text.append(SESSION).append('\n');
            for (int t = history.firstOf(session); t < history.endOf(session); t++) {
                text.append(line(history, t)).append('\n');
            }
        }
        return text.toString();
    }

    /** One transaction, as its line. */
    static String line(final History history, final int transaction) {
        final List<String> words = new ArrayList<>();
        for (int o = history.firstOperation(transaction); o < history.endOperation(transaction); o++) {
            words.add(history.isWrite(o) ? "w" + history.key(o) : "r" + history.key(o) + "=" + from(history, o));
        }
        return words.isEmpty() ? NONE : String.join(" ", words);
    }

    /** What a read read from, as it stands in a line. */
    static String from(final History history, final int read) {
        final List<String> names = new ArrayList<>();
        for (int i = 0; i < history.writerCount(read); i++) {
            final int writer = history.writer(read, i);
            names.add(writer == History.NOWHERE ? NOWHERE : history.name(writer));
        }
        return names.isEmpty() ? INITIAL : String.join(",", names);
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IllegalArgumentException with the offending word, if it is anything else
     */
    public static History read(final String text) {
        final List<String> lines = text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith(COMMENT))
                .toList();
        final int[] starts = starts(lines);
        final HistoryAssembler assembler = new HistoryAssembler();
        final BitSet[] written = new BitSet[starts[starts.length - 1]];
        int number = 0;
        for (final String line : lines) {
            if (isTransaction(line)) {
                written[number++] = written(line);
            }
        }
        for (final String line : lines) {
            final String[] words = line.split("\\s+", -1);
            if (words[0].equals(MULTI)) {
                for (int i = 1; i < words.length; i++) {
                    assembler.multiValue(number(words[i], line));
                }
            } else if (words[0].equals(SESSION)) {
                assembler.session();
            } else {
                assembler.transaction();
                for (final String word : words) {
                    add(assembler, word, starts, written);
                }
            }
        }
        return assembler.build();
    }

    private static boolean isTransaction(final String line) {
        return !line.startsWith(MULTI) && !line.startsWith(SESSION);
    }

    /** First transaction of each session, and one more than the last transaction. */
    private static int[] starts(final List<String> lines) {
        final List<Integer> starts = new ArrayList<>();
        int transactions = 0;
        for (final String line : lines) {
            if (isTransaction(line)) {
                transactions++;
            } else if (line.startsWith(SESSION)) {
                starts.add(transactions);
            }
        }
        starts.add(transactions);
        return starts.stream().mapToInt(Integer::intValue).toArray();
    }

    private static BitSet written(final String line) {
        final BitSet keys = new BitSet();
        for (final String word : line.split("\\s+", -1)) {
            if (word.startsWith("w")) {
                keys.set(number(word.substring(1), word));
            }
        }
        return keys;
    }

    private static void add(
            final HistoryAssembler assembler, final String word, final int[] starts, final BitSet[] written) {
        if (word.equals(NONE)) {
            return;
        }
        if (word.startsWith("w")) {
            assembler.write(number(word.substring(1), word));
            return;
        }
        final int equals = word.indexOf('=');
        if (!word.startsWith("r") || equals < 0) {
            throw new IllegalArgumentException("neither a read like r1=0.3 nor a write like w1: " + word);
        }
        final int key = number(word.substring(1, equals), word);
        final String from = word.substring(equals + 1);
        if (from.equals(INITIAL)) {
            assembler.read(key);
            return;
        }
        final String[] names = from.split(",", -1);
        final int[] writers = new int[names.length];
        for (int i = 0; i < names.length; i++) {
            writers[i] = names[i].equals(NOWHERE) ? History.NOWHERE : transaction(names[i], starts, word);
            if (writers[i] >= 0 && !written[writers[i]].get(key)) {
                throw new IllegalArgumentException(names[i] + " does not write key " + key + ": " + word);
            }
        }
        assembler.read(key, writers);
    }

    private static int transaction(final String name, final int[] starts, final String word) {
        final int dot = name.indexOf('.');
        final int session = dot < 0 ? -1 : number(name.substring(0, dot), word);
        final int index = dot < 0 ? -1 : number(name.substring(dot + 1), word);
        if (session < 0 || session >= starts.length - 1 || index >= starts[session + 1] - starts[session]) {
            throw new IllegalArgumentException("no transaction of this history is called " + name + ": " + word);
        }
        return starts[session] + index;
    }

    private static int number(final String digits, final String word) {
        try {
            final int number = Integer.parseInt(digits);
            if (number >= 0 && number <= History.MAX_KEY) {
                return number;
            }
        } catch (final NumberFormatException e) {
            throw new IllegalArgumentException("not a number in: " + word, e);
        }
        throw new IllegalArgumentException("number out of range in: " + word);
    }
}
