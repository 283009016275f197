package io.abelia.scheduler.model;

import org.jspecify.annotations.Nullable;

/**
 * Something that has happened in the city.
 *
 * @param id its name
 * @param level how grave it is
 * @param kind what it is, such as {@code fire}; jobs of this kind are helped
 * @param place where, if at one place
 * @param scopeKm how far around it
 * @param declaredBy who said so
 * @param timeMs when
 */
public record Emergency(
        String id, Level level, String kind, @Nullable Location place, double scopeKm, String declaredBy, long timeMs) {
    public Emergency {
        JobSpec.requireName("emergency", id);
        level = level == null ? Level.MEDIUM : level;
        kind = kind == null ? "" : kind;
        declaredBy = declaredBy == null ? "" : declaredBy;
    }

    /** Whether it concerns a place; one without a place of its own concerns all. */
    public boolean concerns(final @Nullable Location where) {
        final Location here = place;
        return here == null || where != null && here.kmTo(where) <= scopeKm;
    }
}
