package io.abelia.nemesis;

import java.io.IOException;
import java.util.Set;

/**
 * A namespace for each node, on a bridge in the namespace that this process runs in. Faults are rules of nftables in the nodes' namespaces; they
 * leave what comes from the bridge's own address alone, so clients are never cut off.
 */
final class Net implements AutoCloseable {
    private static final String NETWORK = "10.99.0.";
    private static final int OWN = 254;

    private final String prefix;
    private final int nodes;

    Net(final String prefix, final int nodes) throws IOException {
        this.prefix = prefix;
        this.nodes = nodes;
        Shell.run("ip", "link", "set", "lo", "up");
        Shell.run("ip", "link", "add", "br0", "type", "bridge", "mcast_snooping", "0");
        Shell.run("ip", "link", "set", "br0", "up");
        Shell.run("ip", "addr", "add", NETWORK + OWN + "/24", "dev", "br0");
        for (int i = 1; i <= nodes; i++) {
            final String ns = namespace(i);
            Shell.run("ip", "netns", "add", ns);
            Shell.run("ip", "link", "add", "p" + i, "type", "veth", "peer", "name", "v" + i, "netns", ns);
            Shell.run("ip", "link", "set", "p" + i, "master", "br0", "up");
            Shell.run("ip", "-n", ns, "link", "set", "lo", "up");
            Shell.run("ip", "-n", ns, "addr", "add", address(i) + "/24", "dev", "v" + i);
            Shell.run("ip", "-n", ns, "link", "set", "v" + i, "up", "multicast", "on");
            Shell.run("ip", "-n", ns, "route", "add", "224.0.0.0/4", "dev", "v" + i);
            nft(i, "add table inet faults");
            nft(i, "add chain inet faults in { type filter hook input priority 0; }");
        }
    }

    String namespace(final int node) {
        return prefix + "-" + node;
    }

    static String address(final int node) {
        return NETWORK + node;
    }

    private void nft(final int node, final String rule) throws IOException {
        Shell.run("ip", "netns", "exec", namespace(node), "nft", rule);
    }

    /** A node hears some others no more. */
    void deafen(final int node, final Set<Integer> others) throws IOException {
        for (final int other : others) {
            nft(node, "add rule inet faults in ip saddr " + address(other) + " drop");
        }
    }

    /** A node loses this share of what others send. */
    void lose(final int node, final int percent) throws IOException {
        nft(
                node,
                "add rule inet faults in ip saddr != " + address(OWN) + " numgen random mod 100 < " + percent
                        + " drop");
    }

    void heal() throws IOException {
        for (int i = 1; i <= nodes; i++) {
            nft(i, "flush chain inet faults in");
        }
    }

    @Override
    public void close() {
        for (int i = 1; i <= nodes; i++) {
            Shell.tryRun("ip", "netns", "del", namespace(i));
        }
        Shell.tryRun("ip", "link", "del", "br0");
    }
}
