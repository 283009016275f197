package io.abelia.cli;

import io.abelia.engine.Verification;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Checks a directory. */
@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description = {
            "Walks every checksum of log and snapshots, rebuilds the state from each whole snapshot and the log",
            "behind it, and compares the digests with each other and with what a clean stop noted.",
            "Exit code 1 if anything is damaged or differs. Changes nothing."
        })
final class VerifyCommand implements Callable<Integer> {
    @Option(names = "--dir", required = true, paramLabel = "DIR", description = "Directory of the engine.")
    private Path dir = Path.of("");

    @Override
    public Integer call() throws IOException {
        final Verification verification = Verification.of(dir);
        verification.findings().forEach(System.out::println);
        System.out.println(verification.isGood() ? "good" : "NOT GOOD");
        return verification.isGood() ? 0 : 1;
    }
}
