package io.abelia.scheduler.cli;

import io.abelia.scheduler.http.DatastoreNode;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs a datastore. */
@Command(name = "datastore", description = "Runs a datastore: keeps inputs and results.")
final class DatastoreCommand implements Callable<Integer> {
    @Mixin
    private NodeFlags node = new NodeFlags();

    @Option(names = "--brokers", split = ",", description = "URLs of brokers to tell of this datastore")
    private List<String> brokers = List.of();

    @Option(names = "--discover", description = "find brokers by multicast DNS")
    private boolean discover;

    @Override
    public Integer call() throws Exception {
        final DatastoreNode datastore = new DatastoreNode(node.options(), node.brokers(brokers, discover));
        return NodeFlags.serve("datastore " + node.id, datastore.port(), datastore);
    }
}
