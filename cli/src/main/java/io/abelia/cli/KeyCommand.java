package io.abelia.cli;

import io.abelia.replication.security.KeyRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes a group key. */
@Command(
        name = "key",
        mixinStandardHelpOptions = true,
        description = {
            "Makes a new random group key, as a line of a key file. Keep the file readable for its owner alone, as --out does.",
            "To change keys without a stop: append a key of another epoch to the file of every node, then put it first in",
            "every file, then remove the old one from every file."
        })
final class KeyCommand implements Callable<Integer> {
    @Option(
            names = "--epoch",
            paramLabel = "N",
            description = "Number of the key, 1 to 65535 (default ${DEFAULT-VALUE}).")
    private int epoch = 1;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "File to make, for its owner alone (default: the key is printed).")
    private @Nullable Path out;

    @Override
    public Integer call() throws IOException {
        if (epoch < 1 || epoch > 0xFFFF) {
            throw new UsageException("--epoch is " + epoch + "; it is a number from 1 to 65535");
        }
        final byte[] key = new byte[KeyRing.KEY_BYTES];
        new SecureRandom().nextBytes(key);
        final String line = epoch + " " + HexFormat.of().formatHex(key) + "\n";
        if (out == null) {
            System.out.print(line);
        } else {
            Files.createFile(out, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(out, line);
        }
        return 0;
    }
}
