package io.abelia.replication.transport;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/** Addresses with ports, checked before anything is made with them. */
final class Endpoints {
    private static final int MAX_PORT = 65_535;

    private Endpoints() {}

    private record HostPort(String host, int port) {}

    private static HostPort parse(final String endpoint) {
        if (!AeronTransport.isEndpoint(endpoint)) {
            throw new IllegalStateException(
                    "`" + endpoint
                            + "` is no endpoint: expected ADDRESS:PORT, as 10.0.0.1:40400; 100 characters at most, letters, digits and . : [ ] - _ %");
        }
        final int colon = endpoint.lastIndexOf(':');
        final String host = colon < 0 ? "" : endpoint.substring(0, colon);
        int port = -1;
        try {
            port = Integer.parseInt(endpoint.substring(colon + 1));
        } catch (final NumberFormatException e) {
            // said below
        }
        if (host.isEmpty() || port < 0 || port > MAX_PORT) {
            throw new IllegalStateException(
                    "`" + endpoint + "` is no endpoint: expected ADDRESS:PORT, as 10.0.0.1:40400");
        }
        return new HostPort(host, port);
    }

    private static InetAddress resolve(final String endpoint, final String host) {
        try {
            return InetAddress.getByName(host.startsWith("[") ? host.substring(1, host.length() - 1) : host);
        } catch (final UnknownHostException e) {
            throw new IllegalStateException("the name in endpoint " + endpoint + " does not resolve", e);
        }
    }

    /** Whether an endpoint is every address of the machine. */
    static boolean isAny(final String endpoint) {
        return resolve(endpoint, parse(endpoint).host()).isAnyLocalAddress();
    }

    /** What others are told, or what others are: a name may resolve later, but the form must be right, and the address be one. */
    static void requireNamed(final String endpoint) {
        final HostPort parsed = parse(endpoint);
        try {
            if (InetAddress.getByName(parsed.host()).isAnyLocalAddress()) {
                throw new IllegalStateException(
                        "endpoint " + endpoint + " is every address of a machine, and reaches none: name one");
            }
        } catch (final UnknownHostException e) {
            // it is asked for again until it resolves
        }
    }

    /** This machine must have the address, and the port be free. */
    static void requireBindable(final String endpoint) {
        final HostPort parsed = parse(endpoint);
        final InetAddress address = resolve(endpoint, parsed.host());
        try (DatagramSocket socket = new DatagramSocket(null)) {
            socket.bind(new InetSocketAddress(address, parsed.port()));
        } catch (final IOException e) {
            throw new IllegalStateException(
                    "endpoint " + endpoint + " cannot be bound (" + e.getMessage()
                            + "): another process has the port, or no interface of this machine has the address (--endpoint)",
                    e);
        }
    }
}
