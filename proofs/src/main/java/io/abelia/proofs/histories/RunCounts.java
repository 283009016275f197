package io.abelia.proofs.histories;

/** What happened in a run, to see that something did. */
final class RunCounts {
    int transactions;
    int moves;
    int waits;
    int gaveUp;
    int kills;
    int cuts;
    int unknown;
    int refused;
    int audited;

    @Override
    public String toString() {
        return transactions + " transactions, " + moves + " moves, " + waits + " waits, " + gaveUp + " given up, "
                + kills + " kills, " + cuts + " cuts, " + unknown + " outcomes unknown, "
                + refused + " refused, " + audited + " nodes audited";
    }
}
