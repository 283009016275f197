package io.abelia.scheduler.model;

import java.util.List;

/**
 * Where a job has been placed.
 *
 * @param attempt names the placement
 * @param number how many there were before it, under any slot
 * @param executors who are to run it
 * @param incarnations of these executors: who comes back with another has lost the job
 * @param atMs when it was placed, by the clock of the broker that did
 */
public record Placement(String attempt, int number, List<String> executors, List<String> incarnations, long atMs) {
    public Placement {
        executors = List.copyOf(executors);
        incarnations = List.copyOf(incarnations);
    }
}
