package io.abelia.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Has a node write a snapshot file. */
@Command(
        name = "snapshot",
        mixinStandardHelpOptions = true,
        description =
                "Has a running node write a snapshot file, and prints its name; log that it makes unnecessary goes.")
final class SnapshotCommand implements Callable<Integer> {
    @Mixin
    private final NodeClient client = new NodeClient();

    @Option(names = "--dir", paramLabel = "DIR", description = "Directory of the node, for its token.")
    private @Nullable Path dir;

    @Override
    public Integer call() throws IOException {
        System.out.println(Json.object(client.post("/v1/snapshot", "", dir)).get("file"));
        return 0;
    }
}
