package io.nereid.scheduler.instance;

import java.util.Objects;
import java.util.OptionalInt;

/**
 * How much there is of a resource that instances take while they run; see docs/compatibility.md.
 *
 * @param name the resource's name in the models' configurations
 * @param count copies of it, zero or more
 * @param device the device that has them; empty for every device
 */
public record ResourceLimit(String name, long count, OptionalInt device) {
    /** Refuses an empty name, a negative count and a negative device with an {@link IllegalArgumentException}. */
    public ResourceLimit {
        Objects.requireNonNull(device, "device");
        if (name.isEmpty()) {
            throw new IllegalArgumentException("name: got '' (expected a resource's name)");
        }
        if (count < 0) {
            throw new IllegalArgumentException("count: got " + count + " (expected 0 or more)");
        }
        if (device.isPresent() && device.getAsInt() < 0) {
            throw new IllegalArgumentException("device: got " + device.getAsInt() + " (expected 0 or more)");
        }
    }
}
