package io.abelia.proofs.simulator;

import java.util.List;
import java.util.Set;

/**
 * A bug that is planted to see that the simulator finds it: a few places of the engine's source, changed.
 *
 * @param name what is wrong
 * @param edits what is changed
 * @param profile faults under which it is looked for
 * @param named invariants of which one must be the first that does not hold
 */
record Mutant(String name, List<Edit> edits, String profile, Set<Invariant> named) {
    /**
     * A change of one place.
     *
     * @param file source file, below the engine's package
     * @param from text that occurs in it exactly once
     * @param to what stands there instead
     */
    record Edit(String file, String from, String to) {
        /**
         * The file's text with this change.
         *
         * @throws IllegalStateException if it cannot be made
         */
        String apply(final String text) {
            final int at = text.indexOf(from);
            if (at < 0 || text.indexOf(from, at + 1) >= 0) {
                throw new IllegalStateException(file
                        + " does not hold exactly once what a planted bug changes; mend the list of mutants: " + from);
            }
            return text.replace(from, to);
        }
    }

    Mutant(
            final String name,
            final String file,
            final String from,
            final String to,
            final String profile,
            final Set<Invariant> named) {
        this(name, List.of(new Edit(file, from, to)), profile, named);
    }

    /** Bugs that take a few hundred seeds and more. */
    static final Set<String> RARE = Set.of(
            "stability across views: reports of dead launches count",
            "a joiner forgets that it is one before its state is forced",
            "an acceptor forgets what it accepted",
            "what was never forced is not forced before the mark passes it");

    /** State is wrong: a read, a pair that moves together, or a digest shows it. */
    private static final Set<Invariant> STATE = Set.of(
            Invariant.READS_EQUAL_REFERENCE, Invariant.EQUAL_CLOCKS_EQUAL_DIGESTS, Invariant.NO_HALF_TRANSACTION);

    static final List<Mutant> ALL = List.of(
            new Mutant(
                    "dot reuse: a launch goes on with the origin before it",
                    "EngineLauncher.java",
                    "        long origin;\n        do {\n            origin = context.idSource().getAsLong();",
                    "        long origin = directory == null ? 1 : directory.root().hashCode() | 1L;\n        if (origin != 0) { return origin; }\n        do {\n            origin = context.idSource().getAsLong();",
                    "crash",
                    Set.of(Invariant.ONE_CONTENT_PER_DOT, Invariant.CONTIGUOUS_ONCE)),
            new Mutant(
                    "send before the log holds it",
                    "replicate/Replica.java",
                    "return forcedOnly ? kernel.log().forcedPosition() : kernel.log().appendPosition();",
                    "return kernel.log().appendPosition();",
                    "crash",
                    Set.of(Invariant.FORCED_BEFORE_SENT)),
            new Mutant(
                    "no dependency check",
                    "clock/RecordClock.java",
                    "            if (table.applied(changedIndex[i]) < changedSeq[i]) {",
                    "            if (table.applied(changedIndex[i]) < 0) {",
                    "network",
                    Set.of(Invariant.CAUSAL)),
            new Mutant(
                    "no anti-entropy",
                    "replicate/RepairClient.java",
                    "        if (ahead == null) {",
                    "        if (ahead != null || ahead == null) {",
                    "network",
                    Set.of(Invariant.CONVERGES)),
            new Mutant(
                    "batches by origin order",
                    "replicate/RepairServer.java",
                    """
                            final int polled = answer.reader.poll(
                                    (record, lengthBytes, at) -> {
                                        if (RecordDescriptor.seq(record) <= answer.has.get(RecordDescriptor.origin(record))) {
                    """,
                    """
                            final long[] least = {Long.MAX_VALUE};
                            try (LogReader all = log.newReader(answer.reader.position())) {
                                all.poll(
                                        (record, lengthBytes, at) -> {
                                            final long origin = RecordDescriptor.origin(record);
                                            if (RecordDescriptor.seq(record) > answer.has.get(origin)) {
                                                least[0] = Math.min(least[0], origin);
                                            }
                                            return true;
                                        },
                                        limit,
                                        Integer.MAX_VALUE);
                            }
                            final int polled = answer.reader.poll(
                                    (record, lengthBytes, at) -> {
                                        if (RecordDescriptor.origin(record) != least[0]
                                                || RecordDescriptor.seq(record) <= answer.has.get(RecordDescriptor.origin(record))) {
                    """,
                    "network",
                    Set.of(Invariant.CONVERGES)),
            new Mutant(
                    "removed node returns",
                    "replicate/Replica.java",
                    "                    && admission.isGranted(heartbeat, from, launch)) {",
                    "                    && admission.isGranted(heartbeat, from, launch)"
                            + " || membership.epoch().removed().contains(from)) {",
                    "network",
                    Set.of(Invariant.STABLE_IS_OBSERVED, Invariant.CONVERGES, Invariant.ONE_CONTENT_PER_DOT)),
            new Mutant(
                    "an acceptor forgets what it accepted",
                    "replicate/Acceptor.java",
                    "        accepted = ballot;\n        change = value;\n",
                    "",
                    "network",
                    Set.of(Invariant.EPOCHS_AGREE)),
            new Mutant(
                    "rights that another node holds are spent",
                    "apply/Rights.java",
                    "final long local = BoundedCounter.rights(body, length, ownOrigin);",
                    "final long local = BoundedCounter.value(body, length);",
                    "calm",
                    Set.of(Invariant.NEVER_BELOW_BOUND)),
            new Mutant(
                    "clock merged before apply",
                    "replicate/Replica.java",
                    "        peer.heard(nowNs, heartbeat);",
                    """
                            heartbeat.applied().forEach((author, upTo) -> {
                                final int index = kernel.origins().register(author);
                                if (upTo > kernel.origins().applied(index)) {
                                    kernel.origins().advance(index, upTo, 0);
                                }
                            });
                            peer.heard(nowNs, heartbeat);""",
                    "network",
                    Set.of(Invariant.CONTIGUOUS_ONCE)),
            new Mutant(
                    "double apply on replay",
                    "snapshot/SnapshotLoader.java",
                    "        applier.holdBack(slices, slicePositions);\n",
                    "",
                    "crash",
                    STATE),
            new Mutant(
                    "retention above own unsent",
                    "replicate/Retention.java",
                    "        engine.retentionFloor(everywhere.position());\n    }\n\n    private",
                    "        engine.retentionFloor(Long.MAX_VALUE);\n    }\n\n    private",
                    "away",
                    Set.of(Invariant.CONVERGES)),
            new Mutant(
                    "torn tail taken for corruption",
                    "log/LogRecovery.java",
                    "                if (segment.position(offset) < mark) {",
                    "                if (length != 0) {",
                    "crash",
                    Set.of(Invariant.OPENS_AGAIN)),
            new Mutant(
                    "corruption taken for a torn tail",
                    "log/LogRecovery.java",
                    "        final long mark = Math.max(knownDurable, storage.durableMark());",
                    "        final long mark = knownDurable;",
                    "disk",
                    Set.of(Invariant.DURABLE)),
            new Mutant(
                    "snapshot cut off by one",
                    "snapshot/SnapshotWriter.java",
                    "        writer.writeVarint(kernel.log().appendPosition());",
                    "        writer.writeVarint(kernel.log().appendPosition() + 1);",
                    "crash",
                    STATE),
            new Mutant(
                    "dropped buffer entry",
                    "apply/CausalBuffer.java",
                    "        records.put(seq, copy);",
                    "        if (seq % 3 != 0) { records.put(seq, copy); }",
                    "network",
                    Set.of(Invariant.BUFFER_DRAINS)),
            new Mutant(
                    "non-commuting effect: a maximum that the last offer overwrites",
                    "crdt/Extremum.java",
                    "best(UnsafeApi.getLong(state), offered) != UnsafeApi.getLong(state)",
                    "offered != UnsafeApi.getLong(state)",
                    "calm",
                    STATE),
            new Mutant(
                    "tie broken by arrival",
                    "crdt/Writes.java",
                    "        final int byTime = Long.compare(hybridTime(a), hybridTime(b));",
                    "        final int byTime = Long.compare(a, b);",
                    "calm",
                    STATE),
            new Mutant(
                    "collected above the frontier",
                    "replicate/Stability.java",
                    "(origin, seq) -> seq <= stable.get(origin)",
                    "(origin, seq) -> stable.size() >= 0",
                    "network",
                    STATE),
            new Mutant(
                    "stability judged by clocks alone",
                    "replicate/Peer.java",
                    "        if (appliedHere.covers(pendingApplied)) {",
                    "        if (appliedHere != null) {",
                    "network",
                    Set.of(Invariant.STABLE_IS_OBSERVED)),
            new Mutant(
                    "stability across views: reports of dead launches count",
                    "replicate/Replica.java",
                    "        if (seen.equals(view.launches())) {",
                    "        if (seen != null) {",
                    "crash",
                    Set.of(Invariant.STABLE_IS_OBSERVED)),
            new Mutant(
                    "a joiner forgets that it is one before its state is forced",
                    "Engine.java",
                    "            if (!kernel.log().force()) {",
                    "            if (kernel.log().failure() != null) {",
                    "away",
                    Set.of(Invariant.STABLE_IS_OBSERVED)),
            new Mutant(
                    "a launch forgets its view, and takes records before it has been told one",
                    List.of(
                            new Edit("replicate/Replica.java", "        view.restore(acceptor.view());\n", ""),
                            new Edit(
                                    "replicate/Replica.java",
                                    "membership.takes() && joining.hasViews()",
                                    "membership.takes()")),
                    "late",
                    // what is passed on of a dead launch may also end it where its heir has gone on
                    Set.of(Invariant.STABLE_IS_OBSERVED, Invariant.EQUAL_CLOCKS_EQUAL_DIGESTS, Invariant.CONVERGES)),
            new Mutant(
                    "a bounded counter is raised above what an author may",
                    "apply/Rights.java",
                    "                        <= BoundedCounter.MAX_VALUE - released;",
                    "                        <= Long.MAX_VALUE - released;",
                    "limits",
                    Set.of(Invariant.WITHIN_LIMITS)),
            new Mutant(
                    "a clock beyond its limit is authored",
                    "clock/HybridClock.java",
                    "        if (wallMs > MAX_WALL_MS || last >= MAX) {",
                    "        if (last >= MAX) {",
                    "limits",
                    Set.of(Invariant.WITHIN_LIMITS)),
            new Mutant(
                    "reports of stability ignore open transactions",
                    "replicate/DurableClock.java",
                    "            engine.lowerToOpenTransactions(entries);\n",
                    "",
                    "network",
                    Set.of(Invariant.STABLE_IS_OBSERVED, Invariant.EQUAL_CLOCKS_EQUAL_DIGESTS)),
            new Mutant(
                    "an installed snapshot keeps what its donor had dropped",
                    "apply/StateReplacement.java",
                    "            kernel.units().clear();\n",
                    "",
                    "behind",
                    Set.of(
                            Invariant.READS_EQUAL_REFERENCE,
                            Invariant.EQUAL_CLOCKS_EQUAL_DIGESTS,
                            Invariant.NO_HALF_TRANSACTION,
                            Invariant.NO_SURPRISE)),
            new Mutant(
                    "an installed snapshot forgets the receiver's own commits",
                    "apply/StateReplacement.java",
                    "                reader.poll(this::applyAgain, oldEnd, Integer.MAX_VALUE);",
                    "                reader.poll(this::applyAgain, 0, Integer.MAX_VALUE);",
                    "behind",
                    Set.of(Invariant.DURABLE, Invariant.CONTIGUOUS_ONCE)),
            new Mutant(
                    "an engine collects alone after it has heard of another one",
                    "AloneCollection.java",
                    "            ended = true;\n            // every",
                    "            // every",
                    "network",
                    STATE),
            new Mutant(
                    "a record of a later version is not passed on",
                    "replicate/RepairServer.java",
                    "        for (final byte[] record : kernel.unknown().all()) {",
                    "        for (final byte[] record : java.util.List.<byte[]>of()) {",
                    "disk",
                    Set.of(Invariant.CONVERGES)),
            new Mutant(
                    "what a kill left of the state is taken for what a clean stop left",
                    List.of(
                            new Edit(
                                    "EngineLauncher.java",
                                    "                CleanMark.remove(directory.root(), directory.fileForce());\n",
                                    ""),
                            new Edit(
                                    "EngineLauncher.java",
                                    "cleanEnd != 0 && cleanEnd == recovery.endPosition() && context",
                                    "cleanEnd != 0 && context")),
                    "chronicle",
                    Set.of(
                            Invariant.READS_EQUAL_REFERENCE,
                            Invariant.EQUAL_CLOCKS_EQUAL_DIGESTS,
                            Invariant.NO_HALF_TRANSACTION,
                            Invariant.CONTIGUOUS_ONCE,
                            Invariant.DURABLE,
                            Invariant.OPENS_AGAIN,
                            Invariant.NO_SURPRISE)),
            new Mutant(
                    "a directory that was put back is believed",
                    "replicate/Peer.java",
                    "            if (!isCurrent || !isWhole) {",
                    "            if (hasState && replaced.contains(directory)) {",
                    "image",
                    Set.of(Invariant.STABLE_IS_OBSERVED, Invariant.EQUAL_CLOCKS_EQUAL_DIGESTS, Invariant.EPOCHS_AGREE)),
            new Mutant(
                    "a launch forgets what was stable, and believes a directory that was put back",
                    "replicate/Acceptor.java",
                    "            stable = clock(field(fields, \"stable\"));",
                    "            stable = clock(List.of());",
                    "image",
                    Set.of(
                            Invariant.STABLE_IS_OBSERVED,
                            Invariant.EQUAL_CLOCKS_EQUAL_DIGESTS,
                            Invariant.EPOCHS_AGREE,
                            Invariant.CONVERGES)),
            new Mutant(
                    "coverage by the delivery clock instead of the observed one",
                    "apply/Kernel.java",
                    "            if (transaction.usesObservedClock() && transaction.beginVersion() != version.read()) {",
                    "            if (transaction.usesObservedClock() && transaction.beginVersion() < 0) {",
                    "calm",
                    Set.of(Invariant.READS_EQUAL_REFERENCE)),
            new Mutant(
                    "operations of one transaction left unfolded",
                    "transaction/OperationTable.java",
                    "            return isOn(0, cell, code, argument, argumentLength) ? 0 : NONE;",
                    "            return NONE;",
                    "calm",
                    Set.of(
                            Invariant.CONVERGES,
                            Invariant.READS_EQUAL_REFERENCE,
                            Invariant.BUFFER_DRAINS,
                            // a change of rights looks for the operation that it has just begun
                            Invariant.NO_SURPRISE)),
            new Mutant(
                    "what was never forced is not forced before the mark passes it",
                    "log/LogRecovery.java",
                    "        forceWhatIsNot();\n",
                    "",
                    "away",
                    Set.of(Invariant.OPENS_AGAIN, Invariant.DURABLE)));
}
