package io.abelia.nemesis;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A table of registers as one session sees it by HTTP: of {@link #KEYS} shared keys the lower half are last-writer registers, the upper half
 * multi-value registers, and behind them comes a last-writer register for the farewell of each client. One thread.
 */
final class HistoryTable {
    static final int KEYS = 24;

    private static final int OK = 200;
    private static final int ACCEPTED = 202;
    private static final int UNAVAILABLE = 503;
    private static final int MAX_FAREWELLS = 100;
    private static final String TIMEOUT = "timeoutMs=500";

    private final Client client;
    private final String table;
    private final boolean carriesTokens;
    private String token = "";

    HistoryTable(final Client client, final String table, final boolean carriesTokens) {
        this.client = client;
        this.table = table;
        this.carriesTokens = carriesTokens;
    }

    /** What became of a transaction. */
    enum Outcome {
        COMMITTED,
        /** Nothing has changed. */
        REFUSED,
        UNKNOWN
    }

    static boolean isMultiValue(final int key) {
        return key >= KEYS / 2 && key < KEYS;
    }

    /** From here on this is another session. */
    void forget() {
        token = "";
    }

    private String query() {
        return "?" + TIMEOUT + (token.isEmpty() ? "" : "&after=" + token);
    }

    private void saw(final Client.Answer answer) {
        if (carriesTokens) {
            token = answer.token();
        }
    }

    /** The values of all keys as of one moment, none, one, or several concurrent ones; empty if the node does not serve this session now. */
    List<long[]> read(final Daemon node) {
        final Client.Answer answer = client.get(node.url() + "/v1/tables/" + table + query());
        if (answer.status() != OK) {
            return List.of();
        }
        saw(answer);
        return IntStream.range(0, KEYS + MAX_FAREWELLS)
                .mapToObj(key -> values(Client.value(answer, "key-" + key, "")))
                .toList();
    }

    private static long[] values(final @Nullable Object value) {
        final List<Long> values = new ArrayList<>();
        if (value instanceof List<?> list) {
            list.forEach(each -> values.add((Long) each));
        } else if (value instanceof Long one) {
            values.add(one);
        }
        return values.stream().mapToLong(Long::longValue).toArray();
    }

    /** Writes keys in one transaction. */
    Outcome write(final Daemon node, final SortedMap<Integer, Long> writes) {
        final List<String> operations = new ArrayList<>();
        writes.forEach((key, value) ->
                operations.add("{\"op\":\"set\",\"table\":\"" + table + "\",\"key\":\"key-" + key + "\",\"type\":\""
                        + (isMultiValue(key) ? "MV_REGISTER" : "LWW_REGISTER") + "\",\"value\":" + value + "}"));
        final Client.Answer answer = client.post(
                node.url() + "/v1/transactions" + query(), "{\"operations\":[" + String.join(",", operations) + "]}");
        if (answer.status() == OK || answer.status() == ACCEPTED) {
            saw(answer);
            return Outcome.COMMITTED;
        }
        // 504 and 410 came before the transaction was begun; of 503 only some say that nothing has changed
        final boolean unknown = answer.status() == 0
                || answer.status() == UNAVAILABLE && !answer.text().contains("nothing has changed");
        return unknown ? Outcome.UNKNOWN : Outcome.REFUSED;
    }
}
