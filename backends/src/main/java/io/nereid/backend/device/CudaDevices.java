package io.nereid.backend.device;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

/**
 * The GPUs that CUDA's driver shows to this process: {@code CUDA_VISIBLE_DEVICES} is heeded by the driver itself.
 *
 * @param devices by number, from 0
 */
public record CudaDevices(List<Device> devices) {
    private static final Logger LOG = LoggerFactory.getLogger(CudaDevices.class);
    private static final String DRIVER = "libcuda.so.1";
    private static final int COMPUTE_CAPABILITY_MAJOR = 75;
    private static final int COMPUTE_CAPABILITY_MINOR = 76;

    /** A machine without GPUs. */
    public static final CudaDevices NONE = new CudaDevices(List.of());

    /**
     * One GPU.
     *
     * @param id its number as CUDA counts
     * @param computeCapability {@code 9.0}
     */
    public record Device(int id, String computeCapability) {}

    /** The devices are copied. */
    public CudaDevices {
        devices = List.copyOf(devices);
    }

    /** How many there are. */
    public int count() {
        return devices.size();
    }

    /** Asks the driver; where there is none, or it has nothing to drive, there are no GPUs. Takes a moment. */
    public static CudaDevices find() {
        return find(DRIVER);
    }

    static CudaDevices find(String driver) {
        try (Arena arena = Arena.ofConfined()) {
            // Global: the driver starts threads, and must not be unloaded under them.
            return new Driver(SymbolLookup.libraryLookup(driver, Arena.global()), arena.allocate(JAVA_INT)).devices();
        } catch (IllegalArgumentException e) {
            LOG.debug("no GPU is used: {}", e.getMessage());
            return NONE;
        }
    }

    /** The few functions of the driver that are asked. All of them return 0 when they succeed. */
    private static final class Driver {
        private final SymbolLookup library;
        private final MemorySegment out;

        Driver(SymbolLookup library, MemorySegment out) {
            this.library = library;
            this.out = out;
        }

        CudaDevices devices() {
            if (status("cuInit", FunctionDescriptor.of(JAVA_INT, JAVA_INT), 0) != 0
                    || status("cuDeviceGetCount", FunctionDescriptor.of(JAVA_INT, ADDRESS), out) != 0) {
                LOG.warn("the CUDA driver is there but shows no GPU: everything runs on the CPU");
                return NONE;
            }
            int count = out.get(JAVA_INT, 0);
            List<Device> devices = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                devices.add(new Device(i,
                        attribute(COMPUTE_CAPABILITY_MAJOR, i) + "." + attribute(COMPUTE_CAPABILITY_MINOR, i)));
            }
            return new CudaDevices(devices);
        }

        private int attribute(int attribute, int number) {
            if (status("cuDeviceGet", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), out, number) != 0) {
                return 0;
            }
            int device = out.get(JAVA_INT, 0);
            FunctionDescriptor signature = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
            return status("cuDeviceGetAttribute", signature, out, attribute, device) == 0 ? out.get(JAVA_INT, 0) : 0;
        }

        private int status(String function, FunctionDescriptor signature, Object... arguments) {
            MethodHandle handle = Linker.nativeLinker().downcallHandle(library.findOrThrow(function), signature);
            try {
                return (int) handle.invokeWithArguments(arguments);
            } catch (Throwable e) {
                throw new IllegalStateException(function + " threw", e);
            }
        }
    }
}
