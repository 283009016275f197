package io.abelia.proofs.histories;

/**
 * What an {@link EmbeddedRun} does; equal plans make equal histories.
 *
 * @param seed seed of everything that is drawn
 * @param transactions how many transactions the history has at least
 * @param sessions how many clients there are; each that loses sight of a transaction begins one more session
 * @param moves what a session carries to another node
 * @param reads where a transaction reads
 */
record RunPlan(long seed, int transactions, int sessions, Moves moves, Reads reads) {
    /** What a session carries to another node. */
    enum Moves {
        /** The token of what it saw last, read or written. */
        TOKEN,
        /** The clock of all that it has read and written. */
        CLOCK,
        /** The token of its last commit: a control, since reads are missing in it. */
        COMMIT_TOKEN,
        /** Nothing: a control. */
        NOTHING;

        Mover newMover() {
            return switch (this) {
                case TOKEN -> new TokenMover();
                case CLOCK -> new ClockMover();
                case COMMIT_TOKEN -> new CommitTokenMover();
                case NOTHING -> new CarelessMover();
            };
        }
    }

    /** Where a transaction reads. */
    enum Reads {
        /** In its snapshot. */
        SNAPSHOT,
        /** Each key as it is now: a control, which fractures reads. */
        EACH_KEY_ALONE
    }

    /** Faults, moves with a token, and reads of the snapshot. */
    static RunPlan of(final long seed, final int transactions) {
        return new RunPlan(seed, transactions, 20, Moves.TOKEN, Reads.SNAPSHOT);
    }

    RunPlan moves(final Moves newMoves) {
        return new RunPlan(seed, transactions, sessions, newMoves, reads);
    }

    RunPlan reads(final Reads newReads) {
        return new RunPlan(seed, transactions, sessions, moves, newReads);
    }
}
