package io.abelia.cli;

import io.abelia.engine.Engine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Prints digest and clock. */
@Command(
        name = "digest",
        mixinStandardHelpOptions = true,
        description = "Prints the digest of all cells and the clock that it belongs to; equal state has equal digests.")
final class DigestCommand implements Callable<Integer> {
    @Option(names = "--dir", required = true, paramLabel = "DIR", description = "Directory of the engine.")
    private Path dir = Path.of("");

    @Override
    public Integer call() throws IOException {
        try (Engine engine = Engine.inspect(dir)) {
            System.out.println(engine.digest() + " " + engine.clock());
            return 0;
        }
    }
}
