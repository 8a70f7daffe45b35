package io.nereid.backend.device;

import java.util.HashMap;
import java.util.Map;

/**
 * How much memory of each GPU is set aside for tensors that stay there.
 *
 * @param byDevice bytes by the GPU's number; of the others {@link #DEFAULT_BYTES}
 */
public record DevicePoolSizes(Map<Integer, Long> byDevice) {
    /** Of a GPU of which nothing is said. */
    public static final long DEFAULT_BYTES = 64L << 20;
    /** The same of each GPU. */
    public static final DevicePoolSizes DEFAULT = new DevicePoolSizes(Map.of());

    /** The sizes are copied. */
    public DevicePoolSizes {
        byDevice = Map.copyOf(byDevice);
    }

    /** That of a GPU. */
    public long of(int device) {
        return byDevice.getOrDefault(device, DEFAULT_BYTES);
    }

    /** The same, with that of one GPU. */
    public DevicePoolSizes with(int device, long bytes) {
        Map<Integer, Long> all = new HashMap<>(byDevice);
        all.put(device, bytes);
        return new DevicePoolSizes(all);
    }
}
