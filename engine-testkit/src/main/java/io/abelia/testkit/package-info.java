/**
 * What tests and measurements of groups stand on: a network inside one process, with faults, and clocks of records that tell of no causes.
 * For tests, yours as well, and not for what runs in production.
 */
@org.jspecify.annotations.NullMarked
package io.abelia.testkit;
