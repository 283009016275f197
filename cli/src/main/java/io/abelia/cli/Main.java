package io.abelia.cli;

import de.siegmar.fastcsv.reader.CsvParseException;
import io.abelia.engine.DirectoryLockedException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParseResult;

/** Entry point of the launcher. Exit code 0, 1 for a failed check or an error, 2 for wrong usage. */
@Command(
        name = "abelia",
        mixinStandardHelpOptions = true,
        version = "Abelia 0.1.0",
        description = "Coordination-free transactions for the JVM.",
        footer = {
            "",
            "The launcher adds: test [--full], bench, simulate, nemesis, prove, histories, fuzz, mutate, stress; each has --help.",
            "Exit codes: 0 success, 1 failed check or error, 2 wrong usage, 130 after Ctrl-C."
        },
        subcommands = {
            DemoCommand.class,
            DemoNodeCommand.class,
            NodeCommand.class,
            KeyCommand.class,
            StatCommand.class,
            MembersCommand.class,
            RemoveCommand.class,
            SnapshotCommand.class,
            UnseenCommand.class,
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
        // names and values are Unicode, whatever the locale says
        System.setOut(new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8));
        System.exit(execute(args));
    }

    /** Runs one command; returns the exit code. */
    static int execute(final String... args) {
        final CommandLine line = new CommandLine(new Main())
                .setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8))
                .setExecutionExceptionHandler(Main::onException);
        final int code = args.length == 0 ? usage(line) : line.execute(args);
        if (System.out.checkError()) {
            System.err.println("abelia: standard output could not be written, and is not whole");
            return Math.max(code, FAILED);
        }
        return code;
    }

    private static int onException(final Exception e, final CommandLine command, final ParseResult ignored) {
        final String message = message(e);
        command.getErr().println("abelia " + command.getCommandName() + ": " + message);
        final boolean expected = e instanceof IOException
                || e instanceof IllegalArgumentException
                || e instanceof IllegalStateException
                || e instanceof CsvParseException
                || e.getClass().getName().startsWith("io.abelia.");
        if (!expected) {
            e.printStackTrace(command.getErr());
        }
        return e instanceof UsageException ? USAGE : FAILED;
    }

    /** What went wrong, in words also where the exception only names a file. */
    private static String message(final Exception e) {
        final String text = e.getMessage() == null ? e.toString() : e.getMessage();
        if (e instanceof DirectoryLockedException) {
            return text + "; if it is a node, ask it with --node URL";
        }
        if (e instanceof FileAlreadyExistsException) {
            return text + " exists already";
        }
        if (e instanceof NoSuchFileException) {
            return text + " does not exist";
        }
        if (e instanceof AccessDeniedException) {
            return text + " may not be accessed by this user";
        }
        return e instanceof NotDirectoryException ? text + " is not a directory" : text;
    }

    private static int usage(final CommandLine line) {
        line.usage(line.getErr());
        return USAGE;
    }
}
