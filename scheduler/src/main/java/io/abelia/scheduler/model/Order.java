package io.abelia.scheduler.model;

import java.util.Map;
import java.util.TreeMap;

/**
 * What a broker asks an executor to run.
 *
 * @param name of the job, with its home
 * @param job what is to be done
 * @param attempt names the execution, together with the executor
 * @param results results that it reads, by job: their digests
 */
public record Order(String name, JobSpec job, String attempt, Map<String, String> results) {
    public Order {
        if (name == null || job == null || attempt == null) {
            throw new IllegalArgumentException(
                    "an order names the job, says what is to be done, and which attempt it is");
        }
        results = results == null ? Map.of() : java.util.Collections.unmodifiableMap(new TreeMap<>(results));
    }
}
