package io.abelia.bench.suite;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/** Free ports of this machine. */
final class Net {
    private static final int LAST = 32_000;
    private static final AtomicInteger NEXT =
            new AtomicInteger(24_000 + (int) (ProcessHandle.current().pid() % 100) * 40);

    private Net() {}

    /** The first of so many ports that follow each other, free for UDP and TCP; none is given twice. */
    static int freePorts(final int count) {
        while (true) {
            final int first = NEXT.getAndAdd(count);
            if (first > LAST) {
                throw new IllegalStateException("no free ports up to " + LAST);
            }
            if (areFree(first, count)) {
                return first;
            }
        }
    }

    private static boolean areFree(final int first, final int count) {
        for (int port = first; port < first + count; port++) {
            try (DatagramSocket udp = new DatagramSocket(null);
                    ServerSocket tcp = new ServerSocket()) {
                udp.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                tcp.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            } catch (final IOException e) {
                return false;
            }
        }
        return true;
    }
}
