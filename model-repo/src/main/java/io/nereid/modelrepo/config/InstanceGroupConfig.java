package io.nereid.modelrepo.config;

import java.util.List;
import java.util.Optional;

/**
 * Equal instances of a model on one kind of device.
 *
 * @param name empty until the configuration is complete
 * @param count instances, for {@link Kind#GPU} on each of {@code gpus}; 0 until the configuration is complete
 * @param gpus the devices; for {@link Kind#GPU} empty means all, until the configuration is complete
 * @param passive whether the instances are loaded but never given work
 * @param hostPolicy empty for the default of the device
 */
public record InstanceGroupConfig(String name, Kind kind, int count, Optional<RateLimiterConfig> rateLimiter,
        List<Integer> gpus, List<SecondaryDevice> secondaryDevices, List<String> profiles, boolean passive,
        String hostPolicy) {

    /** Where instances run. */
    public enum Kind {
        /** GPU if every listed device is there, else CPU; never in a complete configuration. */
        AUTO,
        GPU,
        CPU,
        /** The model itself decides. */
        MODEL
    }

    /**
     * A further device of an instance; the only kind there is are NVIDIA's deep learning accelerators.
     *
     * @param deviceId its number
     */
    public record SecondaryDevice(long deviceId) {}

    public InstanceGroupConfig {
        gpus = List.copyOf(gpus);
        secondaryDevices = List.copyOf(secondaryDevices);
        profiles = List.copyOf(profiles);
    }

    /** A group with every other option at its default, as a backend proposes it. */
    public static InstanceGroupConfig of(Kind kind, int count, List<Integer> gpus) {
        return new InstanceGroupConfig("", kind, count, Optional.empty(), gpus, List.of(), List.of(), false, "");
    }
}
