package io.abelia.cli;

import io.abelia.engine.Engine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Prints digest and clock. */
@Command(
        name = "digest",
        mixinStandardHelpOptions = true,
        description = "Prints the digest of all cells and the clock that it belongs to; equal state has equal digests.")
final class DigestCommand implements Callable<Integer> {
    @Mixin
    private final NodeClient client = new NodeClient();

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Directory of the engine, or of the --node for its token.")
    private @Nullable Path dir;

    @Override
    public Integer call() throws IOException {
        if (client.isGiven()) {
            final var answer = Json.object(client.get("/v1/digest", dir));
            System.out.println(answer.get("digest") + " " + answer.get("clock"));
            return 0;
        }
        if (dir == null) {
            throw new UsageException("give --dir DIR, or --node URL");
        }
        try (Engine engine = Engine.inspect(dir)) {
            System.out.println(engine.digest() + " " + engine.clock());
            return 0;
        }
    }
}
