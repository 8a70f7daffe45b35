package io.nereid.bench.load.server;

/**
 * What a process uses at a moment.
 *
 * @param residentBytes memory it holds, of the heap and all else
 * @param heapBytes of it live and dead objects
 * @param cpuNanos processor time since it started, of all its threads
 */
public record Usage(long residentBytes, long heapBytes, long cpuNanos) {}
