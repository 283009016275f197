package io.abelia.bench.suite;

/** One benchmark of the suite. */
@FunctionalInterface
interface Benchmark {
    /** Measures, and reports what it measured. */
    void run(Options options, Results results) throws Exception;
}
