package io.abelia.engine.apply;

/**
 * Why a transaction was refused with INSUFFICIENT_RIGHTS: it would have spent more of a BOUNDED_COUNTER than its node holds. Replication
 * has been told, and asks other nodes for what is missing; committing again succeeds once that has arrived.
 *
 * @param table names of the cell
 * @param key names of the cell
 * @param column names of the cell
 * @param wanted rights that the transaction spends in all
 * @param local rights that this node may spend
 * @param known rights that all nodes together hold, as far as this one has heard
 */
public record RightsShortage(String table, String key, String column, long wanted, long local, long known) {
    /** What is missing here. */
    public long missing() {
        return wanted - local;
    }

    @Override
    public String toString() {
        return table + "/" + key + (column.isEmpty() ? "" : "/" + column) + ": wanted " + wanted
                + ", this node may spend " + local + ", all nodes together " + known
                + (known < wanted ? ", which is too little" : "");
    }
}
