package io.nereid.server.cache;

import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.inference.TensorAllocator;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.Resource;
import org.jspecify.annotations.Nullable;

/** Opens the cache that a server is configured to have. Stateless. */
public final class ResponseCaches {
    private ResponseCaches() {}

    /**
     * The cache, which the caller closes after all models; null where there is none.
     *
     * @param memory where entries, or answers that are fetched, lie
     * @param ledger what is held for clients: a cache in this process is charged to it as a whole
     * @throws InferenceException if there is not so much memory, or the Redis does not answer
     */
    public static @Nullable ResponseCache open(CacheConfig config, TensorAllocator memory, Ledger ledger)
            throws InferenceException {
        return switch (config) {
            case CacheConfig.Off _ -> null;
            case CacheConfig.Local(long byteSize, boolean coalesce) -> {
                Account account = ledger.detached();
                try {
                    account.charge(Resource.NATIVE, byteSize);
                } catch (InferenceException e) {
                    account.close();
                    throw e.withText("Failed to initialize LocalCache: size " + byteSize + ": " + e.text());
                }
                yield new LocalCache(byteSize, coalesce, memory, NanoClock.SYSTEM, account);
            }
            case CacheConfig.Redis redis -> RedisCache.connect(redis, memory, NanoClock.SYSTEM);
        };
    }
}
