package io.abelia.cli;

import io.abelia.engine.Engine;
import io.abelia.engine.EngineContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Backs a directory up into one file. A running engine is backed up from inside: {@code engine.backup(file)}. */
@Command(
        name = "backup",
        mixinStandardHelpOptions = true,
        description = "Writes all cells and clocks of a directory that no engine has open into one new file.")
final class BackupCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "File to write; must not exist.")
    private Path file = Path.of("");

    @Option(names = "--dir", required = true, paramLabel = "DIR", description = "Directory of the engine.")
    private Path dir = Path.of("");

    @Override
    public Integer call() throws IOException {
        if (!Files.isRegularFile(dir.resolve("FORMAT"))) {
            throw new UsageException(dir + " holds no engine");
        }
        if (Files.exists(file)) {
            throw new UsageException(file + " exists; name a new file");
        }
        try (Engine engine = Engine.launch(new EngineContext().directory(dir))) {
            System.out.println("backed up " + dir + " to " + engine.backup(file) + ", digest " + engine.digest());
            return 0;
        }
    }
}
