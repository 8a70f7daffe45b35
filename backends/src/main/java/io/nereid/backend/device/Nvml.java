package io.nereid.backend.device;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * NVIDIA's management library, which knows how busy and how full the GPUs are. It is part of the driver and looked for
 * at run time. Thread-safe. A call takes from microseconds to some milliseconds; not for an event loop.
 */
public final class Nvml implements AutoCloseable {
    /** The name by which the system's loader finds the library. */
    public static final String LIBRARY = "libnvidia-ml.so.1";

    private static final Logger LOG = LoggerFactory.getLogger(Nvml.class);
    private static final double PERCENT = 100;
    private static final double MILLI = 1_000;

    private final CudaLibrary.Function handleByUuid;
    private final CudaLibrary.Function utilization;
    private final CudaLibrary.Function memory;
    private final CudaLibrary.Function power;
    private final CudaLibrary.Function powerLimit;
    private final CudaLibrary.Function energy;
    private final CudaLibrary.Function shutdown;

    private Nvml(CudaLibrary library) {
        handleByUuid = library.function("nvmlDeviceGetHandleByUUID", ADDRESS, ADDRESS);
        utilization = library.function("nvmlDeviceGetUtilizationRates", ADDRESS, ADDRESS);
        memory = library.function("nvmlDeviceGetMemoryInfo", ADDRESS, ADDRESS);
        power = library.function("nvmlDeviceGetPowerUsage", ADDRESS, ADDRESS);
        powerLimit = library.function("nvmlDeviceGetEnforcedPowerLimit", ADDRESS, ADDRESS);
        energy = library.function("nvmlDeviceGetTotalEnergyConsumption", ADDRESS, ADDRESS);
        shutdown = library.function("nvmlShutdown");
    }

    /**
     * The library of that name, ready for use; absent where there is none or it has nothing to manage. Takes a moment.
     *
     * @param name {@link #LIBRARY}
     */
    public static Optional<Nvml> find(String name) {
        Optional<CudaLibrary> library = CudaLibrary.find(name);
        if (library.isEmpty()) {
            return Optional.empty();
        }
        try {
            Nvml nvml = new Nvml(library.get());
            int status = library.get().function("nvmlInit_v2").status();
            if (status == 0) {
                return Optional.of(nvml);
            }
            LOG.warn("{} is there but does not start: error {}", name, status);
        } catch (NoSuchElementException e) {
            LOG.warn("{} is too old: {}", name, e.getMessage());
        }
        return Optional.empty();
    }

    /**
     * The GPU of that identity; absent where the library knows none, as for a part of a GPU.
     *
     * @param uuid {@link CudaDevices.Device#uuid}
     */
    public Optional<Gpu> gpu(String uuid) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            return handleByUuid.status(arena.allocateFrom(uuid), out) == 0
                    ? Optional.of(new Gpu(uuid, out.get(ADDRESS, 0)))
                    : Optional.empty();
        }
    }

    /**
     * What was measured on a GPU; a value is absent where the GPU does not measure it.
     *
     * @param utilization the share of the last moments, at most a second, in which something ran, from 0 to 1
     * @param memoryTotalBytes its memory
     * @param memoryUsedBytes how much of that is taken, by whomever
     * @param powerWatts what it draws
     * @param powerLimitWatts the most that it is let draw
     * @param energyJoules what it has used since its driver was loaded
     */
    public record Reading(OptionalDouble utilization, OptionalLong memoryTotalBytes, OptionalLong memoryUsedBytes,
            OptionalDouble powerWatts, OptionalDouble powerLimitWatts, OptionalDouble energyJoules) {}

    /** One GPU; of no use when the library is closed. */
    public final class Gpu {
        private final String uuid;
        private final MemorySegment handle;

        private Gpu(String uuid, MemorySegment handle) {
            this.uuid = uuid;
            this.handle = handle;
        }

        /** What distinguishes it from all others. */
        public String uuid() {
            return uuid;
        }

        /** Measures it now. */
        public Reading read() {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment out = arena.allocate(JAVA_LONG, 3);
                // of the GPU; its memory's comes next
                OptionalDouble busy = scaled(unsigned(utilization, out), PERCENT);
                OptionalLong total = wide(memory, out, 0); // free comes next
                OptionalLong used = wide(memory, out, 2);
                return new Reading(busy, total, used, scaled(unsigned(power, out), MILLI),
                        scaled(unsigned(powerLimit, out), MILLI), scaled(wide(energy, out, 0), MILLI));
            }
        }

        private OptionalLong unsigned(CudaLibrary.Function function, MemorySegment out) {
            return function.status(handle, out) == 0 ? OptionalLong.of(Integer.toUnsignedLong(out.get(JAVA_INT, 0)))
                    : OptionalLong.empty();
        }

        private OptionalLong wide(CudaLibrary.Function function, MemorySegment out, int index) {
            return function.status(handle, out) == 0 ? OptionalLong.of(out.getAtIndex(JAVA_LONG, index))
                    : OptionalLong.empty();
        }

        private static OptionalDouble scaled(OptionalLong value, double unit) {
            return value.isPresent() ? OptionalDouble.of(value.getAsLong() / unit) : OptionalDouble.empty();
        }
    }

    /** Gives the library back. */
    @Override
    public void close() {
        int _ = shutdown.status();
    }
}
