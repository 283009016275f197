package io.abelia.engine.transaction;

/** A transaction asked for what its mode, a limit or the schema does not allow. Nothing has changed and no dot was used. */
public final class TransactionRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final String key;
    private final String operation;
    private final String remedy;

    /**
     * A refusal.
     *
     * @param key table, key and column of the cell
     * @param operation what was asked for
     * @param reason why it is refused
     * @param remedy what to do instead
     */
    public TransactionRefusedException(
            final String key, final String operation, final String reason, final String remedy) {
        super(operation + " on " + key + " refused: " + reason + ". " + remedy);
        this.key = key;
        this.operation = operation;
        this.remedy = remedy;
    }

    /** Table, key and column of the cell, separated by slashes. */
    public String key() {
        return key;
    }

    public String operation() {
        return operation;
    }

    public String remedy() {
        return remedy;
    }
}
