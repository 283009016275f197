package io.abelia.bench.peers;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import java.util.ArrayList;
import java.util.List;

/** Hazelcast PNCounters, each under a name of its own, replicated as the library ships it (every second), members joined over TCP. */
final class HazelcastPeers implements Peers {
    private static final int FIRST_PORT = 25_701;
    private final List<HazelcastInstance> members = new ArrayList<>();
    private final int firstPort = FIRST_PORT + (int) (ProcessHandle.current().pid() % 1000) * 3;

    HazelcastPeers() {
        start();
        start();
    }

    private void start() {
        final Config config = new Config()
                .setClusterName("bench")
                .setProperty("hazelcast.logging.type", "none")
                .setProperty("hazelcast.phone.home.enabled", "false")
                .setProperty("hazelcast.socket.bind.any", "false");
        config.getJetConfig().setEnabled(false);
        config.getNetworkConfig().setPort(firstPort + members.size()).setPortAutoIncrement(false);
        config.getNetworkConfig().setPublicAddress("127.0.0.1:" + (firstPort + members.size()));
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        final JoinConfig join = config.getNetworkConfig().getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).addMember("127.0.0.1:" + firstPort);
        members.add(Hazelcast.newHazelcastInstance(config));
    }

    private long read(final int member, final int key) {
        return members.get(member).getPNCounter("counter-" + key).get();
    }

    @Override
    public void update(final int key) {
        members.get(0).getPNCounter("counter-" + key).incrementAndGet();
    }

    @Override
    public long readOnSecond(final int key) {
        return read(1, key);
    }

    @Override
    public void startThird() {
        start();
    }

    @Override
    public long readOnThird(final int key) {
        return read(2, key);
    }

    @Override
    public void close() {
        members.forEach(HazelcastInstance::shutdown);
    }
}
