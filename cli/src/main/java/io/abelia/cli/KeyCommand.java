package io.abelia.cli;

import io.abelia.replication.security.KeyRing;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes a group key. */
@Command(
        name = "key",
        mixinStandardHelpOptions = true,
        description = {
            "Prints a new random group key, as a line of a key file. Keep the file readable for its owner alone.",
            "To change keys without a stop: append a key of another epoch to the file of every node, then put it first in",
            "every file, then remove the old one from every file."
        })
final class KeyCommand implements Callable<Integer> {
    @Option(
            names = "--epoch",
            paramLabel = "N",
            description = "Number of the key, 1 to 65535 (default ${DEFAULT-VALUE}).")
    private int epoch = 1;

    @Override
    public Integer call() {
        if (epoch < 1 || epoch > 0xFFFF) {
            throw new UsageException("--epoch is " + epoch + "; it is a number from 1 to 65535");
        }
        final byte[] key = new byte[KeyRing.KEY_BYTES];
        new SecureRandom().nextBytes(key);
        System.out.println(epoch + " " + HexFormat.of().formatHex(key));
        return 0;
    }
}
