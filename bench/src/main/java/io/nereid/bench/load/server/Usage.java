package io.nereid.bench.load.server;

/**
 * What a process uses at a moment.
 *
 * @param residentBytes memory it holds, of the heap and all else
 * @param heapBytes of it live and dead objects
 * @param allocatedBytes of objects made on the heap since it started, by all its threads
 * @param cpuNanos processor time since it started, of all its threads
 */
public record Usage(long residentBytes, long heapBytes, long allocatedBytes, long cpuNanos) {}
