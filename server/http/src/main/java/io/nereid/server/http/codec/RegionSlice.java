package io.nereid.server.http.codec;

/**
 * A place in shared memory that a request names.
 *
 * @param region the region's name
 * @param offset where in it the place begins, unsigned
 * @param byteSize how long it is, unsigned
 */
record RegionSlice(String region, long offset, long byteSize) {}
