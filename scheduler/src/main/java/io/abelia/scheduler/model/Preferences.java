package io.abelia.scheduler.model;

import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a job would like of an executor, among those that have what it needs.
 *
 * @param labels labels that would be good
 * @param near the nearer the better
 * @param rank name of what counts most, one of {@code headroom}, {@code power}, {@code locality}, {@code distance}, {@code speed}; null for
 *     the broker's own weights
 */
public record Preferences(
        Set<String> labels,
        @Nullable Location near,
        @Nullable String rank) {
    /** No preference. */
    public static final Preferences NONE = new Preferences(Set.of(), null, null);

    public Preferences {
        labels = labels == null ? Set.of() : java.util.Collections.unmodifiableSet(new TreeSet<>(labels));
    }
}
