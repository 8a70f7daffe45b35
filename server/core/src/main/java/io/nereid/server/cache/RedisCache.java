package io.nereid.server.cache;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.NanoClock;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorAllocator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisPooled;
import redis.clients.jedis.exceptions.JedisException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A cache in a Redis, which other servers may use too: a model with the same files has the same answers there. Entries
 * do not expire; how many there may be is Redis' business ({@code maxmemory}). While Redis cannot be reached requests
 * run, and that is logged once a minute. Thread-safe; every method but {@link #counts} waits for the network.
 */
final class RedisCache implements ResponseCache {
    private static final Logger LOG = LoggerFactory.getLogger(RedisCache.class);
    private static final String PREFIX = "nereid:response:";
    private static final long LOG_PAUSE_NANOS = Duration.ofMinutes(1).toNanos();
    /** Redis takes strings of at most 512 MB. */
    private static final long MAX_BYTES = 512L << 20;

    private final CacheConfig.Redis config;
    private final JedisPooled redis;
    private final TensorAllocator memory;
    private final NanoClock clock;
    private final CacheMeter meter;
    private final AtomicLong nextLogNanos;

    private RedisCache(CacheConfig.Redis config, JedisPooled redis, TensorAllocator memory, NanoClock clock) {
        this.config = config;
        this.redis = redis;
        this.memory = memory;
        this.clock = clock;
        this.meter = new CacheMeter(clock);
        this.nextLogNanos = new AtomicLong(clock.nanoTime());
    }

    /**
     * Connects.
     *
     * @throws InferenceException UNAVAILABLE if Redis does not answer or refuses the user
     */
    static RedisCache connect(CacheConfig.Redis config, TensorAllocator memory, NanoClock clock)
            throws InferenceException {
        DefaultJedisClientConfig.Builder client = DefaultJedisClientConfig.builder().database(config.database())
                .connectionTimeoutMillis((int) config.connectTimeout().toMillis())
                .socketTimeoutMillis((int) config.socketTimeout().toMillis()).ssl(config.tls());
        if (!config.user().isEmpty()) {
            client.user(config.user());
        }
        if (!config.password().isEmpty()) {
            client.password(config.password());
        }
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(config.poolSize());
        pool.setMaxIdle(config.poolSize());
        pool.setMaxWait(config.waitTimeout());
        JedisPooled redis = new JedisPooled(pool, new HostAndPort(config.host(), config.port()), client.build());
        try {
            redis.ping();
            return new RedisCache(config, redis, memory, clock);
        } catch (JedisException e) {
            redis.close();
            throw new InferenceException(ErrorCode.UNAVAILABLE, "Failed to initialize RedisCache: " + config + ": "
                    + reason(e), e);
        }
    }

    private static String reason(Throwable e) {
        Throwable last = e;
        while (last.getCause() != null) {
            last = last.getCause();
        }
        return last.getMessage() == null ? last.toString() : last.getMessage();
    }

    @Override
    public boolean blocks() {
        return true;
    }

    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public boolean coalesces() {
        return config.coalesce();
    }

    private static byte[] name(CacheKey key) {
        return (PREFIX + key.hex()).getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public @Nullable InferenceResponse find(CacheKey key) {
        long began = meter.now();
        InferenceResponse found = null;
        try {
            byte[] entry = redis.get(name(key));
            if (entry != null) {
                found = ResponseCodec.read(entry, memory);
            }
        } catch (JedisException | IOException | InferenceException e) {
            failed("an answer could not be looked up", e);
        }
        meter.lookedUp(began, found != null);
        return found;
    }

    @Override
    public void insert(CacheKey key, CacheScope scope, InferenceResponse response) {
        long began = meter.now();
        if (scope.isEnded() || bytes(response) > MAX_BYTES) {
            return;
        }
        try {
            redis.set(name(key), ResponseCodec.write(response));
            meter.inserted(began);
        } catch (JedisException e) {
            failed("an answer could not be kept", e);
        }
    }

    private static long bytes(InferenceResponse response) {
        return response.outputs().stream().mapToLong(Tensor::byteSize).sum();
    }

    private void failed(String what, Exception e) {
        meter.failed();
        long now = clock.nanoTime();
        long next = nextLogNanos.get();
        if (now - next >= 0 && nextLogNanos.compareAndSet(next, now + LOG_PAUSE_NANOS)) {
            LOG.warn("response cache {}: {}: {}; requests run meanwhile (logged once a minute)", config, what,
                    reason(e));
        }
    }

    /** Other servers may use what this one has answered: a model with other files does not find it. */
    @Override
    public void drop(CacheScope scope) {
        scope.end();
    }

    @Override
    public CacheCounts counts() {
        return meter.counts(0, 0, 0);
    }

    @Override
    public void close() {
        redis.close();
    }
}
