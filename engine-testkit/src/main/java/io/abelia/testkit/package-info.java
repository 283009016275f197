/**
 * What tests and measurements of groups stand on: a network inside one process, with faults, and clocks of records that tell of no causes.
 * Nothing here belongs into an application.
 */
@org.jspecify.annotations.NullMarked
package io.abelia.testkit;
