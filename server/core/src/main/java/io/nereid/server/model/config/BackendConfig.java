package io.nereid.server.model.config;

import io.nereid.backend.device.DevicePoolSizes;
import io.nereid.server.config.Require;

import java.util.HashMap;
import java.util.Map;

/**
 * Settings handed to the backends, as {@code --backend-config=BACKEND,KEY=VALUE} gives them.
 *
 * @param global settings for every backend
 * @param byBackend settings for one backend, by its name; they win over the global ones
 * @param pinnedPoolBytes how much host memory is pinned for models on GPUs, once there is one; 0 for none
 * @param devicePools how much of each GPU is set aside for what goes from one model there to the next
 */
public record BackendConfig(Map<String, String> global, Map<String, Map<String, String>> byBackend,
        long pinnedPoolBytes, DevicePoolSizes devicePools) {

    /** How much host memory is pinned unless something else is said. */
    public static final long DEFAULT_PINNED_POOL_BYTES = 256L << 20;

    /** No settings at all: every backend keeps its defaults. */
    public static final BackendConfig NONE = new BackendConfig(Map.of(), Map.of(),
            DEFAULT_PINNED_POOL_BYTES, DevicePoolSizes.DEFAULT);

    /** The setting that {@link #defaultMaxBatchSize} reads. */
    public static final String DEFAULT_MAX_BATCH_SIZE_KEY = "default-max-batch-size";

    /** What {@code max_batch_size} becomes when a model that can batch leaves it out. */
    public static final int DEFAULT_MAX_BATCH_SIZE = 4;

    public BackendConfig {
        global = Map.copyOf(global);
        Map<String, Map<String, String>> copy = new HashMap<>();
        byBackend.forEach((backend, settings) -> copy.put(backend, Map.copyOf(settings)));
        byBackend = Map.copyOf(copy);
        Require.that(pinnedPoolBytes >= 0, "pinnedPoolBytes: got %d (expected 0 or more)", pinnedPoolBytes);
        checkBatchSize("", global);
        byBackend.forEach(BackendConfig::checkBatchSize);
    }

    /** All settings of one backend: the global ones, and its own, which replace them. */
    public Map<String, String> settings(String backend) {
        Map<String, String> merged = new HashMap<>(global);
        merged.putAll(byBackend.getOrDefault(backend, Map.of()));
        return Map.copyOf(merged);
    }

    /**
     * What {@code max_batch_size} becomes when a model of this backend can batch and its configuration leaves it out.
     */
    public int defaultMaxBatchSize(String backend) {
        String value = settings(backend).get(DEFAULT_MAX_BATCH_SIZE_KEY);
        return value == null ? DEFAULT_MAX_BATCH_SIZE : Integer.parseInt(value);
    }

    /**
     * This and one more setting, for every backend where {@code backend} is empty. A later value replaces an earlier
     * one.
     */
    public BackendConfig with(String backend, String key, String value) {
        Map<String, String> newGlobal = new HashMap<>(global);
        Map<String, Map<String, String>> newByBackend = new HashMap<>(byBackend);
        if (backend.isEmpty()) {
            newGlobal.put(key, value);
        } else {
            Map<String, String> own = new HashMap<>(byBackend.getOrDefault(backend, Map.of()));
            own.put(key, value);
            newByBackend.put(backend, own);
        }
        return new BackendConfig(newGlobal, newByBackend, pinnedPoolBytes, devicePools);
    }

    /** The same with a pool of pinned memory of that size. */
    public BackendConfig withPinnedPoolBytes(long bytes) {
        return new BackendConfig(global, byBackend, bytes, devicePools);
    }

    /** The same with so much of one GPU set aside for what goes from one model there to the next; 0 for none. */
    public BackendConfig withDevicePoolBytes(int gpu, long bytes) {
        return new BackendConfig(global, byBackend, pinnedPoolBytes, devicePools.with(gpu, bytes));
    }

    private static void checkBatchSize(String backend, Map<String, String> settings) {
        String value = settings.getOrDefault(DEFAULT_MAX_BATCH_SIZE_KEY, "0");
        Require.that(value.matches("[0-9]{1,9}"), "%s%s: got '%s' (expected a whole number, 0 or more)",
                backend.isEmpty() ? "" : backend + ",", DEFAULT_MAX_BATCH_SIZE_KEY, value);
    }
}
