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

    @Option(
            names = "--brokers",
            split = ",",
            required = true,
            description = "URLs of brokers to tell of this datastore")
    private List<String> brokers = List.of();

    @Override
    public Integer call() throws Exception {
        final DatastoreNode datastore = new DatastoreNode(node.options(), () -> brokers);
        return NodeFlags.serve("datastore " + node.id, datastore.port(), datastore);
    }
}
