package io.abelia.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Prints who belongs to a node's group. */
@Command(
        name = "members",
        mixinStandardHelpOptions = true,
        description =
                "Prints epoch, members, removed nodes, members without a vote and endpoints as a node knows them, as JSON.")
final class MembersCommand implements Callable<Integer> {
    @Mixin
    private final NodeClient client = new NodeClient();

    @Option(names = "--dir", paramLabel = "DIR", description = "Directory of the node, for its token.")
    private @Nullable Path dir;

    @Override
    public Integer call() throws IOException {
        System.out.println(client.get("/v1/members", dir));
        return 0;
    }
}
