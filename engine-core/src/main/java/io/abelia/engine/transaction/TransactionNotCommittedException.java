package io.abelia.engine.transaction;

import io.abelia.engine.apply.RightsShortage;
import org.jspecify.annotations.Nullable;

/** What {@link Transaction#commitOrThrow} throws for every result but COMMITTED and EMPTY; the message says what to do. */
public final class TransactionNotCommittedException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final CommitResult result;

    private TransactionNotCommittedException(final CommitResult result, final String details) {
        super(result + details + ": " + remedy(result));
        this.result = result;
    }

    static TransactionNotCommittedException of(
            final CommitResult result, final @Nullable RightsShortage shortage, final @Nullable String failed) {
        final boolean lacks = result == CommitResult.INSUFFICIENT_RIGHTS && shortage != null;
        return new TransactionNotCommittedException(
                result, lacks ? " (" + shortage + ")" : failed == null ? "" : " (" + failed + ")");
    }

    /** What the commit came to. */
    public CommitResult result() {
        return result;
    }

    private static String remedy(final CommitResult result) {
        return switch (result) {
            case COMMITTED, EMPTY -> "nothing is wrong";
            case DISK_FULL -> "nothing changed. Make room on the disk; commits resume by themselves";
            case NOT_JOINED -> "nothing changed. Wait until the node has joined its group (Engine.isJoined)";
            case FENCED ->
                "nothing changed, and this node commits no more. Engine.fenced() says why: export what only it has, and let it join anew";
            case INSUFFICIENT_RIGHTS ->
                "nothing changed. Other nodes are asked for rights: commit the same transaction again, or later";
            case CONDITION_FAILED -> "nothing changed. Decide anew on what is there now";
            case CONFLICT -> "nothing changed. Begin anew and read again";
            case NO_MAJORITY -> "nothing changed. Commit again when a majority of the coordination group is there";
            case UNDECIDED ->
                "it was sent and nobody answered in time, so it may have been committed, or be later. Before it is closed call commit() again"
                        + " on the same transaction, as often as needed: it is applied at most once, and the answer tells";
            case EXPIRED ->
                "nothing changed. It was open for too long (EngineContext.transactionLimitMs): begin again, and commit sooner";
            case OUT_OF_RANGE ->
                "nothing changed. A BOUNDED_COUNTER holds at most 2^52: count in larger units, or in several cells";
            case CLOCK_OUT_OF_RANGE ->
                "nothing changed. Set the clock of this machine; the same transaction can be committed again";
            case CLOSED -> "nothing changed. The engine is closed";
            case FAILED ->
                "the engine has failed (Engine.status().errors() says why), and this transaction may or may not survive. Launch again and look";
        };
    }
}
