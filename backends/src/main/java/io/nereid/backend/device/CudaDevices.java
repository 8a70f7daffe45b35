package io.nereid.backend.device;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

/**
 * The GPUs that CUDA's driver shows to this process: {@code CUDA_VISIBLE_DEVICES} is heeded by the driver itself.
 *
 * @param devices by number, from 0
 * @param whyNone why there are none, as a clause for people; empty if there are some, or nobody has asked the driver
 */
public record CudaDevices(List<Device> devices, String whyNone) {
    private static final Logger LOG = LoggerFactory.getLogger(CudaDevices.class);
    private static final int COMPUTE_CAPABILITY_MAJOR = 75;
    private static final int COMPUTE_CAPABILITY_MINOR = 76;
    private static final int UUID_BYTES = 16;
    private static final String NO_GPU = "the CUDA driver is there but shows no GPU";

    /** A machine without GPUs. */
    public static final CudaDevices NONE = new CudaDevices(List.of());

    /**
     * One GPU.
     *
     * @param id its number as CUDA counts
     * @param computeCapability {@code 9.0}
     * @param uuid what distinguishes it from all other GPUs, {@code GPU-} and 32 hexadecimal digits in five groups;
     *     empty if the driver does not say
     */
    public record Device(int id, String computeCapability, String uuid) {}

    /** The devices are copied. */
    public CudaDevices {
        devices = List.copyOf(devices);
    }

    /** These, and nothing to say of it. */
    public CudaDevices(List<Device> devices) {
        this(devices, "");
    }

    private static CudaDevices none(String why) {
        return new CudaDevices(List.of(), why);
    }

    /** How many there are. */
    public int count() {
        return devices.size();
    }

    /** Asks the driver; where there is none, or it has nothing to drive, there are no GPUs. Takes a moment. */
    public static CudaDevices find() {
        return find(CudaIpc.DRIVER);
    }

    static CudaDevices find(String driver) {
        Optional<CudaLibrary> library = CudaLibrary.find(driver);
        if (library.isEmpty()) {
            return none("this machine has no CUDA driver (" + driver + ", which comes with NVIDIA's)");
        }
        try (Arena arena = Arena.ofConfined()) {
            return devices(library.get(), arena.allocate(UUID_BYTES, JAVA_INT.byteAlignment()));
        } catch (NoSuchElementException e) {
            LOG.warn("{} is too old, everything runs on the CPU: {}", driver, e.getMessage());
            return none("the CUDA driver is too old");
        }
    }

    private static CudaDevices devices(CudaLibrary driver, MemorySegment out) {
        if (driver.function("cuInit", JAVA_INT).status(0) != 0
                || driver.function("cuDeviceGetCount", ADDRESS).status(out) != 0) {
            LOG.warn("the CUDA driver is there but shows no GPU: everything runs on the CPU");
            return none(NO_GPU);
        }
        int count = out.get(JAVA_INT, 0);
        if (count == 0) {
            return none(NO_GPU);
        }
        List<Device> devices = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            devices.add(new Device(i, attribute(driver, out, COMPUTE_CAPABILITY_MAJOR, i) + "."
                    + attribute(driver, out, COMPUTE_CAPABILITY_MINOR, i),
                    uuid(driver, out, i)));
        }
        return new CudaDevices(devices);
    }

    private static int attribute(CudaLibrary driver, MemorySegment out, int attribute, int number) {
        int device = handle(driver, out, number);
        return driver.function("cuDeviceGetAttribute", ADDRESS, JAVA_INT, JAVA_INT).status(out, attribute, device) == 0
                ? out.get(JAVA_INT, 0)
                : 0;
    }

    private static String uuid(CudaLibrary driver, MemorySegment out, int number) {
        int device = handle(driver, out, number);
        if (driver.function("cuDeviceGetUuid", ADDRESS, JAVA_INT).status(out, device) != 0) {
            return "";
        }
        String digits = HexFormat.of().formatHex(out.asSlice(0, UUID_BYTES).toArray(JAVA_BYTE));
        return "GPU-" + String.join("-", digits.substring(0, 8), digits.substring(8, 12), digits.substring(12, 16),
                digits.substring(16, 20), digits.substring(20));
    }

    private static int handle(CudaLibrary driver, MemorySegment out, int number) {
        return driver.function("cuDeviceGet", ADDRESS, JAVA_INT).status(out, number) == 0 ? out.get(JAVA_INT, 0) : 0;
    }
}
