package io.abelia.nemesis;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A namespace for each node, on a bridge in the namespace that this process runs in. Faults are rules of nftables: cuts and loss in the nodes'
 * namespaces, which leave what comes from the bridge's own address alone, so that clients are never cut off; doubled and overtaken packets
 * where the nodes' cables enter the bridge. A packet that is to be overtaken takes a detour over one more cable, behind those that arrive
 * with it.
 */
final class Namespaces implements Net {
    private static final String NETWORK = "10.99.0.";
    private static final int OWN = 254;
    static final int HTTP_PORT = 7640;
    private static final int COORDINATION_PORT = 9000;
    static final String GROUP = "224.0.1.61";
    static final int GROUP_PORT = 40456;

    private final String prefix;
    private final int nodes;

    Namespaces(final String prefix, final int nodes) throws IOException {
        this.prefix = prefix;
        this.nodes = nodes;
        Shell.run("ip", "link", "set", "lo", "up");
        Shell.run("ip", "link", "add", "br0", "type", "bridge", "mcast_snooping", "0");
        Shell.run("ip", "link", "set", "br0", "up");
        Shell.run("ip", "addr", "add", NETWORK + OWN + "/24", "dev", "br0");
        Shell.run("ip", "link", "add", "detour", "type", "veth", "peer", "name", "back");
        Shell.run("ip", "link", "set", "back", "master", "br0", "up");
        Shell.run("ip", "link", "set", "detour", "up");
        Shell.run("bridge", "link", "set", "dev", "back", "learning", "off");
        Shell.run("nft", "add table netdev mangled");
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
            Shell.run(
                    "nft",
                    "add chain netdev mangled from" + i + " { type filter hook ingress device p" + i
                            + " priority 0; }");
        }
    }

    private String namespace(final int node) {
        return prefix + "-" + node;
    }

    private static String address(final int node) {
        return NETWORK + node;
    }

    @Override
    public boolean canCut() {
        return true;
    }

    @Override
    public List<String> enter(final int node) {
        return List.of("ip", "netns", "exec", namespace(node));
    }

    @Override
    public List<String> options(final int node) {
        return List.of(
                "--group",
                GROUP + ":" + GROUP_PORT,
                "--interface",
                address(node),
                "--http-address",
                address(node),
                "--http-port",
                String.valueOf(HTTP_PORT));
    }

    @Override
    public String coordination() {
        return IntStream.range(0, Daemon.MEMBERS)
                .mapToObj(member -> member + "=" + address(member + 1) + ":" + COORDINATION_PORT)
                .collect(Collectors.joining(","));
    }

    @Override
    public String host(final int node) {
        return address(node);
    }

    @Override
    public String url(final int node) {
        return "http://" + address(node) + ":" + HTTP_PORT;
    }

    private void nft(final int node, final String rule) throws IOException {
        Shell.run("ip", "netns", "exec", namespace(node), "nft", rule);
    }

    @Override
    public void deafen(final int node, final Set<Integer> others) throws IOException {
        for (final int other : others) {
            nft(node, "add rule inet faults in ip saddr " + address(other) + " drop");
        }
    }

    @Override
    public void lose(final int node, final int percent) throws IOException {
        nft(
                node,
                "add rule inet faults in ip saddr != " + address(OWN) + " numgen random mod 100 < " + percent
                        + " drop");
    }

    @Override
    public void mangle(final int node, final int percent) throws IOException {
        final String chance =
                "add rule netdev mangled from" + node + " ip protocol udp numgen random mod 100 < " + percent;
        for (int other = 1; other <= nodes; other++) {
            if (other != node) {
                Shell.run("nft", chance + " counter dup to p" + other);
            }
        }
        Shell.run("nft", chance + " counter fwd to detour");
    }

    @Override
    public long mangled() throws IOException {
        final Matcher packets =
                Pattern.compile("counter packets (\\d+)").matcher(Shell.run("nft", "list table netdev mangled"));
        long sum = 0;
        while (packets.find()) {
            sum += Long.parseLong(packets.group(1));
        }
        return sum;
    }

    @Override
    public void heal() throws IOException {
        for (int i = 1; i <= nodes; i++) {
            nft(i, "flush chain inet faults in");
        }
        Shell.run("nft", "flush table netdev mangled");
    }

    @Override
    public void close() {
        for (int i = 1; i <= nodes; i++) {
            Shell.tryRun("ip", "netns", "del", namespace(i));
        }
        Shell.tryRun("nft", "delete table netdev mangled");
        Shell.tryRun("ip", "link", "del", "detour");
        Shell.tryRun("ip", "link", "del", "br0");
    }
}
