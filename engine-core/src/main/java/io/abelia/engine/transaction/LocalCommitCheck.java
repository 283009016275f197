package io.abelia.engine.transaction;

import java.util.List;

/**
 * Whether a transaction can commit without coordination.
 *
 * @param possible true if every operation is algebraic
 * @param needCoordination the operations that are not, each with its key
 */
public record LocalCommitCheck(boolean possible, List<String> needCoordination) {}
