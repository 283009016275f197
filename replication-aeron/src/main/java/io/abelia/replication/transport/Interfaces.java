package io.abelia.replication.transport;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Collections;

/** Finds this machine's address in a network. */
final class Interfaces {
    private Interfaces() {}

    /**
     * The address of an interface that is given by an address, or by a network as {@code 10.0.0.0/24}.
     *
     * @throws IllegalStateException if this machine has none there
     */
    static String address(final String given) {
        final int slash = given.indexOf('/');
        if (slash < 0) {
            return given;
        }
        try {
            final byte[] network = InetAddress.getAllByName(given.substring(0, slash))[0].getAddress();
            final int shift = network.length * Byte.SIZE - Integer.parseInt(given.substring(slash + 1));
            for (final NetworkInterface each : Collections.list(NetworkInterface.getNetworkInterfaces())) {
                for (final InterfaceAddress address : each.getInterfaceAddresses()) {
                    final byte[] own = address.getAddress().getAddress();
                    if (own.length == network.length
                            && new BigInteger(1, own)
                                    .shiftRight(shift)
                                    .equals(new BigInteger(1, network).shiftRight(shift))) {
                        return address.getAddress().getHostAddress();
                    }
                }
            }
        } catch (final UnknownHostException | SocketException | NumberFormatException e) {
            throw new IllegalStateException(given + " is no network; give one as 10.0.0.0/24, or an address", e);
        }
        throw new IllegalStateException("no interface of this machine has an address in " + given);
    }
}
