package io.nereid.server.cache;

import io.nereid.inference.InferenceResponse;
import org.jspecify.annotations.Nullable;

/**
 * Where answers are kept. Thread-safe. What goes wrong in one is logged and counted by it; a request never fails for
 * that.
 */
public interface ResponseCache extends AutoCloseable {
    /** Whether finding and inserting wait for something elsewhere, and must not be done on an event loop. */
    boolean blocks();

    /** Whether other servers use the same entries, or this one after a restart. */
    boolean isShared();

    /** Whether equal requests wait for the first of them, see {@link CacheConfig#coalesce}. */
    boolean coalesces();

    /** The answer of that key, which is the caller's to release; null if it is not there. */
    @Nullable
    InferenceResponse find(CacheKey key);

    /**
     * Keeps a copy of an answer, if there is space for it.
     *
     * @param scope what {@link #drop} takes it out by
     * @param response whose outputs are in host memory; stays the caller's
     */
    void insert(CacheKey key, CacheScope scope, InferenceResponse response);

    /** The model of that scope is no more: takes out what it has answered. Nothing more of it is inserted. */
    void drop(CacheScope scope);

    /** What it has and has done. */
    CacheCounts counts();

    /** Gives back what it holds. Nobody uses it any more, but for responses that are still being sent. */
    @Override
    void close();
}
