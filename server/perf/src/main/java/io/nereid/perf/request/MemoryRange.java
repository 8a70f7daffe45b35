package io.nereid.perf.request;

/**
 * Where a tensor lies in shared memory.
 *
 * @param region as the server knows it
 */
public record MemoryRange(String region, long offset, long byteSize) {}
