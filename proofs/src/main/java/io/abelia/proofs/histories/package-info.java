/**
 * Histories of transactions, as clients see them, and their judgement: nothing here but what a session asked for and was answered.
 * {@link io.abelia.proofs.histories.HistoryRecorder} collects them, {@link io.abelia.proofs.histories.HistoryText} keeps them in a
 * file, {@link io.abelia.proofs.histories.ReadAtomicityChecker} and {@link io.abelia.proofs.histories.CausalConsistencyChecker}
 * judge them after Biswas and Enea, "On the Complexity of Checking Transactional Consistency" (OOPSLA 2019). The checkers know
 * nothing of the engine; only the recorder of {@link io.abelia.proofs.histories.EmbeddedRun} may call it.
 */
@NullMarked
package io.abelia.proofs.histories;

import org.jspecify.annotations.NullMarked;
