package io.abelia.scheduler.cli;

import io.abelia.replication.ReplicatorContext;
import io.abelia.replication.security.KeyRing;
import io.abelia.replication.security.Protection;
import io.abelia.scheduler.http.BrokerNode;
import io.abelia.scheduler.http.Discovery;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.agrona.CloseHelper;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs a broker. */
@Command(
        name = "broker",
        description = "Runs a broker: takes jobs, places them on executors, shares what it knows with other brokers.")
final class BrokerCommand implements Callable<Integer> {
    @Mixin
    private NodeFlags node = new NodeFlags();

    @Option(names = "--node", description = "number of this broker in --brokers")
    private long number;

    @Option(
            names = "--brokers",
            split = ",",
            description =
                    "replication endpoints (UDP) of all brokers, 1=host:port,2=host:port,...; without it the broker is alone")
    private Map<Long, String> brokers = new TreeMap<>();

    @Option(names = "--found", description = "found the group, if there is none yet; one broker does")
    private boolean found;

    @Option(
            names = "--key",
            description = "file with the group's key (./abelia key new FILE); needed with --brokers unless --insecure")
    private @Nullable Path key;

    @Option(names = "--announce", description = "tell of this broker by multicast DNS, for executors with --discover")
    private boolean announce;

    @Option(
            names = "--detect",
            description =
                    "declare an emergency where half of the executors of a place are lost or nearly empty, until they are back")
    private boolean detect;

    private @Nullable Discovery discovery;

    @Override
    public Integer call() throws Exception {
        final BrokerNode broker = BrokerNode.launch(node.options().detectingOutages(detect), replication());
        if (announce) {
            discovery = new Discovery(node.host);
            discovery.announce(node.id, broker.port());
        }
        return NodeFlags.serve("broker " + node.id, broker.port(), () -> {
            CloseHelper.quietClose(discovery);
            broker.close();
        });
    }

    private @Nullable ReplicatorContext replication() throws IOException {
        if (brokers.isEmpty()) {
            return null;
        }
        final String own = brokers.get(number);
        if (own == null) {
            throw new IllegalArgumentException("--node " + number + " is none of --brokers " + brokers);
        }
        final Map<Long, String> others = new TreeMap<>(brokers);
        others.remove(number);
        final ReplicatorContext context = new ReplicatorContext().unicast(own, others);
        final Path file = key;
        if (file != null) {
            context.keys(KeyRing.read(file), Protection.AUTH);
        } else if (node.insecure) {
            context.insecure();
        } else {
            throw new IllegalArgumentException("give the group's key with --key, or say --insecure");
        }
        context.replica().node(number);
        if (found) {
            context.replica().found(1).foundDelayNs(1_000_000_000L);
        } else {
            context.replica().join();
        }
        return context;
    }
}
