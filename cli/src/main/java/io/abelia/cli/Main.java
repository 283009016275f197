package io.abelia.cli;

import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Entry point of the launcher. Exit code 0, 1 for a failed check or an error, 2 for wrong usage. */
@Command(
        name = "abelia",
        mixinStandardHelpOptions = true,
        version = "Abelia 0.1.0",
        description = "Coordination-free transactions for the JVM.",
        footer = {
            "",
            "The launcher adds: test [--full] (builds and passes all tests), bench [NAME] (JMH benchmarks).",
            "Exit codes: 0 success, 1 failed check or error, 2 wrong usage."
        },
        subcommands = {
            DemoCommand.class,
            LoadCommand.class,
            GetCommand.class,
            InspectCommand.class,
            VerifyCommand.class,
            ExportCommand.class,
            BackupCommand.class,
            RestoreCommand.class,
            DigestCommand.class
        })
public final class Main {
    private static final int FAILED = 1;
    private static final int USAGE = 2;

    private Main() {}

    public static void main(final String[] args) {
        final CommandLine line = new CommandLine(new Main());
        line.setExecutionExceptionHandler((e, command, result) -> {
            final String message = e.getMessage() == null ? e.toString() : e.getMessage();
            command.getErr().println("abelia " + command.getCommandName() + ": " + message);
            final boolean expected = e instanceof IOException
                    || e instanceof IllegalArgumentException
                    || e instanceof IllegalStateException
                    || e instanceof CheckFailedException
                    || e.getClass().getName().startsWith("io.abelia.");
            if (!expected) {
                e.printStackTrace(command.getErr());
            }
            return e instanceof UsageException ? USAGE : FAILED;
        });
        System.exit(args.length == 0 ? usage(line) : line.execute(args));
    }

    private static int usage(final CommandLine line) {
        line.usage(line.getErr());
        return USAGE;
    }
}
