/**
 * Histories of transactions, as clients see them, and their judgement: nothing here but what a session asked for and was answered.
 * {@link io.abelia.histories.HistoryRecorder} collects them, {@link io.abelia.histories.HistoryText} keeps them in a file, {@link
 * io.abelia.histories.ReadAtomicityChecker} and {@link io.abelia.histories.CausalConsistencyChecker} judge them after Biswas and Enea,
 * "On the Complexity of Checking Transactional Consistency" (OOPSLA 2019). This module knows nothing of the engine, so that whatever
 * can be asked by transactions can be recorded: engines in one process, daemons by HTTP, coordinated tables.
 */
@NullMarked
package io.abelia.histories;

import org.jspecify.annotations.NullMarked;
