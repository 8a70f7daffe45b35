package io.nereid.server.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.NanoClock;
import io.nereid.inference.TensorAllocator;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Resource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.atomic.LongAdder;

/**
 * A cache in the memory of this process. An answer is copied into it once; those that are made of it are sent from
 * there. What is asked for often stays, whatever comes once (Caffeine's W-TinyLFU). Thread-safe, and never blocks.
 */
final class LocalCache implements ResponseCache {
    private static final Logger LOG = LoggerFactory.getLogger(LocalCache.class);
    /** Entries are weighed in units of this many bytes, so that a weight is an {@code int} for any entry. */
    private static final int UNIT = 64;

    private final long maxBytes;
    private final boolean coalesces;
    private final TensorAllocator memory;
    private final Account account;
    private final CacheMeter meter;
    private final Cache<CacheKey, CachedResponse> entries;
    private final LongAdder bytes = new LongAdder();

    /**
     * An empty cache.
     *
     * @param maxBytes what its entries may take
     * @param memory where they are
     * @param account is charged with that; closed with the cache
     */
    LocalCache(long maxBytes, boolean coalesces, TensorAllocator memory, NanoClock clock, Account account) {
        this.maxBytes = maxBytes;
        this.coalesces = coalesces;
        this.memory = memory;
        this.account = account;
        this.meter = new CacheMeter(clock);
        this.entries = Caffeine.newBuilder().maximumWeight(maxBytes / UNIT)
                .weigher((CacheKey _, CachedResponse entry) -> units(entry.entryBytes()))
                .removalListener(this::removed).executor(Runnable::run).build();
    }

    private static int units(long bytes) {
        return Math.toIntExact((bytes + UNIT - 1) / UNIT);
    }

    @Override
    public boolean blocks() {
        return false;
    }

    @Override
    public boolean isShared() {
        return false;
    }

    @Override
    public boolean coalesces() {
        return coalesces;
    }

    @Override
    public @Nullable InferenceResponse find(CacheKey key) {
        long began = meter.now();
        CachedResponse entry = entries.getIfPresent(key);
        InferenceResponse response = entry == null ? null : entry.toResponse();
        meter.lookedUp(began, response != null);
        return response;
    }

    @Override
    public void insert(CacheKey key, CacheScope scope, InferenceResponse response) {
        long began = meter.now();
        long needed = CachedResponse.entryBytes(response);
        if (needed > maxBytes) {
            meter.failed();
            LOG.debug("Requested byte_size: {} is greater than total cache size: {}", needed, maxBytes);
            return;
        }
        if (scope.isEnded()) {
            return;
        }
        try {
            CachedResponse entry = CachedResponse.copyOf(response, scope, memory);
            bytes.add(entry.entryBytes());
            entries.put(key, entry);
            if (scope.isEnded()) { // since it was asked
                entries.invalidate(key);
            }
            meter.inserted(began);
        } catch (InferenceException e) {
            meter.failed();
            LOG.debug("an answer is not kept in the response cache: {}", e.text());
        }
    }

    private void removed(@Nullable CacheKey key, @Nullable CachedResponse entry, RemovalCause cause) {
        if (entry != null) {
            bytes.add(-entry.entryBytes());
            entry.release();
        }
        if (cause.wasEvicted()) {
            meter.evicted();
        }
    }

    @Override
    public void drop(CacheScope scope) {
        scope.end();
        entries.asMap().values().removeIf(entry -> entry.scope() == scope);
    }

    @Override
    public CacheCounts counts() {
        return meter.counts(bytes.sum(), maxBytes, entries.estimatedSize());
    }

    @Override
    public void close() {
        entries.invalidateAll();
        entries.cleanUp();
        account.release(Resource.NATIVE, maxBytes);
        account.close();
    }
}
