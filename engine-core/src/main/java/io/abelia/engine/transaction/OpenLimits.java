package io.abelia.engine.transaction;

/**
 * For how long transactions may be open.
 *
 * @param warnNs after which they are named in status and error log
 * @param limitNs after which they are given up; 0 for never
 * @param stacks whether to remember where each was begun, which costs microseconds and allocates
 */
public record OpenLimits(long warnNs, long limitNs, boolean stacks) {}
