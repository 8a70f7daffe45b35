package io.nereid.server.ondemand;

/**
 * What has been done on demand since the start, and how it is now.
 *
 * @param budgetBytes what models may hold
 * @param heldBytes what they hold, loads under way and models that leave among them
 * @param known models
 * @param loaded models
 * @param loading loads under way
 * @param waiting requests that wait for their models
 * @param loads loads that ended well
 * @param failedLoads loads that did not
 * @param loadNanos time of all loads that ended well
 * @param evictions models that were unloaded for others
 * @param waited requests that have waited for their models
 * @param refused those of them that did not get them
 */
public record OnDemandCounts(long budgetBytes, long heldBytes, int known, int loaded, int loading, int waiting,
        long loads, long failedLoads, long loadNanos, long evictions, long waited, long refused) {}
