package io.abelia.nemesis;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.NetworkInterface;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/** Sends noise to the group's address: random bytes, and data frames of Aeron's layout for streams and sessions that are none. */
final class Stranger {
    private static final int LONGEST = 1400;
    private static final int AERON_HEADER = 32;
    private static final short AERON_DATA = 1;

    private Stranger() {}

    /** Sends for so many milliseconds; returns how many packets. */
    static long send(final long ms, final Random random) throws IOException {
        final InetSocketAddress group =
                new InetSocketAddress(InetAddress.getByName(Namespaces.GROUP), Namespaces.GROUP_PORT);
        final NetworkInterface bridge = NetworkInterface.getByName("br0");
        final byte[] bytes = new byte[LONGEST];
        long sent = 0;
        try (MulticastSocket socket = new MulticastSocket()) {
            if (bridge != null) {
                socket.setOption(StandardSocketOptions.IP_MULTICAST_IF, bridge);
            }
            final long endMs = System.currentTimeMillis() + ms;
            while (System.currentTimeMillis() < endMs) {
                random.nextBytes(bytes);
                final int length = AERON_HEADER + random.nextInt(LONGEST - AERON_HEADER);
                if (random.nextBoolean()) {
                    final ByteBuffer frame = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
                    frame.putInt(0, length);
                    frame.put(4, (byte) 0);
                    frame.put(5, (byte) 0xC0);
                    frame.putShort(6, AERON_DATA);
                }
                socket.send(new DatagramPacket(bytes, length, group));
                sent++;
            }
        }
        return sent;
    }
}
