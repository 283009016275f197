package io.abelia.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Removes a node from a group. */
@Command(
        name = "remove",
        mixinStandardHelpOptions = true,
        description = {
            "Removes a member from the group for good, dead or alive, and waits until that is decided: a majority of the members must",
            "be up. Its number is not used again. What only it has is lost to the group; `unseen` exports it."
        })
final class RemoveCommand implements Callable<Integer> {
    private static final long TURN_NS = 200_000_000L;
    private static final long SECOND_NS = 1_000_000_000L;

    @Parameters(paramLabel = "ID", description = "Number of the node to remove.")
    private long id;

    @Mixin
    private final NodeClient client = new NodeClient();

    @Option(names = "--dir", paramLabel = "DIR", description = "Directory of the node that is asked, for its token.")
    private @Nullable Path dir;

    @Option(
            names = "--force",
            description =
                    "Decide it on that node's word alone. Only when most members are gone for good: two halves of a group that do so part for good.")
    private boolean force;

    @Option(names = "--wait", paramLabel = "S", description = "Seconds to wait (default ${DEFAULT-VALUE}).")
    private long waitS = 30;

    @Override
    public Integer call() throws IOException {
        client.post("/v1/members/remove?node=" + id + "&force=" + force, "", dir);
        final long startNs = System.nanoTime();
        Object undecided = null;
        while (System.nanoTime() - startNs < waitS * SECOND_NS) {
            final Map<String, ?> members = Json.object(client.get("/v1/members", dir));
            undecided = members.get("undecided");
            if (members.get("removed") instanceof List<?> removed && removed.contains(id)) {
                System.out.println("node " + id + " has been removed");
                return 0;
            }
            LockSupport.parkNanos(TURN_NS);
        }
        System.err.println(
                "asked for, but not decided within " + waitS + " s" + (undecided == null ? "" : ": " + undecided)
                        + ". It is still wanted, and decided once a majority has voted");
        return 1;
    }
}
