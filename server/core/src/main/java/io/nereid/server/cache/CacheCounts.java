package io.nereid.server.cache;

/**
 * What a cache has and has done until one moment.
 *
 * @param bytes what its entries take
 * @param maxBytes what they may take; 0 where it does not know
 * @param entries how many there are; 0 where it does not know
 * @param lookups how often an answer was looked for
 * @param hits how often it was there
 * @param evictions entries that had to go for others
 * @param lookupNanos how long the lookups took together
 * @param insertNanos how long inserting took
 * @param failures lookups and insertions that failed
 */
public record CacheCounts(long bytes, long maxBytes, long entries, long lookups, long hits, long evictions,
        long lookupNanos, long insertNanos, long failures) {
    /** How full it is, from 0 to 1. */
    public double utilization() {
        return maxBytes == 0 ? 0 : (double) bytes / maxBytes;
    }

    /** How often an answer was not there. */
    public long misses() {
        return lookups - hits;
    }
}
