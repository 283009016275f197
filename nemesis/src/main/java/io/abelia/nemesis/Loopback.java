package io.abelia.nemesis;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** All nodes on 127.0.0.1, a copy for each: for machines that permit no namespaces. Nothing can be cut. */
final class Loopback implements Net {
    private static final int FIRST_PORT = 31_000;
    private static final int MEMBER_PORTS = 5;

    private final List<String> endpoints = new ArrayList<>();
    private final List<Integer> httpPorts = new ArrayList<>();

    private final String coordination;

    Loopback(final int nodes) throws IOException {
        final List<String> members = new ArrayList<>();
        for (int port = FIRST_PORT; members.size() < Daemon.MEMBERS; port += MEMBER_PORTS) {
            if (areFree(port)) {
                members.add(members.size() + "=127.0.0.1:" + port);
            }
        }
        coordination = String.join(",", members);
        while (endpoints.size() < nodes) {
            final InetAddress address = InetAddress.getLoopbackAddress();
            try (DatagramSocket udp = new DatagramSocket(new InetSocketAddress(address, 0));
                    ServerSocket tcp = new ServerSocket(0, 1, address)) {
                final String endpoint = "127.0.0.1:" + udp.getLocalPort();
                if (!endpoints.contains(endpoint) && !httpPorts.contains(tcp.getLocalPort())) {
                    endpoints.add(endpoint);
                    httpPorts.add(tcp.getLocalPort());
                }
            }
        }
    }

    @Override
    public boolean canCut() {
        return false;
    }

    @Override
    public List<String> enter(final int node) {
        return List.of();
    }

    @Override
    public List<String> options(final int node) {
        final List<String> options = new ArrayList<>(List.of("--endpoint", endpoints.get(node - 1)));
        for (int other = 1; other <= endpoints.size(); other++) {
            if (other != node) {
                options.add("--peer");
                options.add(other + "=" + endpoints.get(other - 1));
            }
        }
        options.addAll(List.of("--http-port", String.valueOf(httpPorts.get(node - 1))));
        return options;
    }

    @Override
    public String coordination() {
        return coordination;
    }

    @Override
    public String host(final int node) {
        return "127.0.0.1";
    }

    /** So many ports in a row that nobody has. */
    private static boolean areFree(final int first) {
        for (int port = first; port < first + MEMBER_PORTS; port++) {
            try (DatagramSocket socket =
                    new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
                socket.setReuseAddress(false);
            } catch (final IOException e) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String url(final int node) {
        return "http://127.0.0.1:" + httpPorts.get(node - 1);
    }

    private static IOException cannot() {
        return new IOException("connections on 127.0.0.1 cannot be cut");
    }

    @Override
    public void deafen(final int node, final Set<Integer> others) throws IOException {
        throw cannot();
    }

    @Override
    public void lose(final int node, final int percent) throws IOException {
        throw cannot();
    }

    @Override
    public void mangle(final int node, final int percent) throws IOException {
        throw cannot();
    }

    @Override
    public long mangled() throws IOException {
        throw cannot();
    }

    @Override
    public void heal() {
        // nothing is ever cut
    }

    @Override
    public void close() {
        // nothing was made
    }
}
