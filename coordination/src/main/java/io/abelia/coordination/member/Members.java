package io.abelia.coordination.member;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Who a coordination group is: fixed, three or five as a rule, the same list on all members and clients.
 *
 * @param hosts by number of the member, 0 upward without gaps: host and first of five ports that follow each other (requests, votes, log,
 *     catch-up, archive)
 */
public record Members(SortedMap<Integer, HostPort> hosts) {
    private static final int PORTS = 5;
    private static final int MAX_PORT = 65_535;

    /**
     * Where a member is.
     *
     * @param host its name or address
     * @param port the first of its ports
     */
    public record HostPort(String host, int port) {
        String at(final int offset) {
            return host + ":" + (port + offset);
        }
    }

    public Members {
        if (hosts.isEmpty() || hosts.firstKey() != 0 || hosts.lastKey() != hosts.size() - 1) {
            throw new IllegalArgumentException(
                    "members are numbered 0, 1, 2 ... without gaps; given: " + hosts.keySet());
        }
    }

    /**
     * Reads {@code 0=host:port,1=host:port,2=host:port}.
     *
     * @throws IllegalArgumentException saying what is wrong with it
     */
    public static Members parse(final String text) {
        final SortedMap<Integer, HostPort> hosts = new TreeMap<>();
        for (final String part : text.split(",", -1)) {
            final int equals = part.indexOf('=');
            final int colon = part.lastIndexOf(':');
            final boolean whole = equals > 0 && colon > equals + 1;
            final int number = whole ? number(part.substring(0, equals).strip()) : -1;
            final int port = whole ? number(part.substring(colon + 1).strip()) : -1;
            if (number < 0 || port < 1 || port + PORTS - 1 > MAX_PORT) {
                throw new IllegalArgumentException("`" + part
                        + "` is no member: expected NUMBER=HOST:PORT, where PORT is the first of five free ports");
            }
            if (hosts.put(number, new HostPort(part.substring(equals + 1, colon).strip(), port)) != null) {
                throw new IllegalArgumentException("member " + number + " is given twice");
            }
        }
        return new Members(hosts);
    }

    private static int number(final String text) {
        try {
            return Integer.parseInt(text);
        } catch (final NumberFormatException e) {
            return -1;
        }
    }

    /** Where a member is. */
    HostPort of(final int number) {
        final HostPort found = hosts.get(number);
        if (found == null) {
            throw new IllegalArgumentException("there is no member " + number + " among " + hosts.keySet());
        }
        return found;
    }

    /** Where requests go, as Aeron Cluster's clients take it. */
    public String ingressEndpoints() {
        return hosts.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue().at(0))
                .collect(Collectors.joining(","));
    }

    /** All members, as Aeron Cluster's members take it. */
    String clusterMembers() {
        return hosts.entrySet().stream()
                .map(entry -> {
                    final HostPort at = entry.getValue();
                    return entry.getKey() + "," + at.at(0) + "," + at.at(1) + "," + at.at(2) + "," + at.at(3) + ","
                            + at.at(4);
                })
                .collect(Collectors.joining("|"));
    }

    String archiveEndpoint(final int number) {
        return of(number).at(4);
    }

    String host(final int number) {
        return of(number).host();
    }
}
