package io.abelia.scheduler.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Brokers, executors, datastores and cities from the command line. */
@Command(
        name = "abelia",
        description = "Capability-aware, emergency-aware job brokering",
        subcommands = {BrokerCommand.class, ExecutorCommand.class, DatastoreCommand.class, CityCommand.class})
public final class Main {
    private Main() {}

    /** Runs a command; exits with 2 if it was not understood. */
    public static void main(final String[] args) {
        final CommandLine line = new CommandLine(new Main());
        line.setExecutionExceptionHandler((e, command, result) -> {
            System.err.println("abelia: " + e.getMessage());
            return e instanceof IllegalArgumentException ? 2 : 1; // not understood, or not done
        });
        System.exit(line.execute(args));
    }
}
