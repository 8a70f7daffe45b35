package io.nereid.backend.device;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

/** A library of the GPU's driver, if this machine has one. Thread-safe. */
final class CudaLibrary {
    private static final Logger LOG = LoggerFactory.getLogger(CudaLibrary.class);
    private static final String UNKNOWN = "unknown error";
    private static final int LONGEST_NAME = 256;

    private final SymbolLookup library;

    private CudaLibrary(SymbolLookup library) {
        this.library = library;
    }

    /** The library of that name; absent where it cannot be loaded. */
    static Optional<CudaLibrary> find(String name) {
        try {
            // Global: the driver starts threads, and must not be unloaded under them.
            return Optional.of(new CudaLibrary(SymbolLookup.libraryLookup(name, Arena.global())));
        } catch (IllegalArgumentException e) {
            LOG.debug("no GPU is looked at: {}", e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * The function of that name, linked, which takes about a millisecond. All functions return an int, 0 for success.
     */
    Function function(String name, MemoryLayout... arguments) {
        MethodHandle handle = Linker.nativeLinker().downcallHandle(library.findOrThrow(name),
                FunctionDescriptor.of(JAVA_INT, arguments));
        return new Function(name, handle.asSpreader(Object[].class, arguments.length));
    }

    /** One function of the library. */
    final class Function {
        private final String name;
        private final MethodHandle handle;

        private Function(String name, MethodHandle handle) {
            this.name = name;
            this.handle = handle;
        }

        /** Calls it and returns what it returns. */
        int status(Object... arguments) {
            try {
                return (int) handle.invoke(arguments);
            } catch (Throwable e) {
                throw new IllegalStateException(name + " threw", e);
            }
        }

        /** Calls it. */
        void call(Object... arguments) throws CudaException {
            int status = status(arguments);
            if (status != 0) {
                throw new CudaException(name, status, nameOf(status));
            }
        }
    }

    private String nameOf(int status) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            if (function("cuGetErrorName", JAVA_INT, ADDRESS).status(status, out) != 0) {
                return UNKNOWN;
            }
            return out.get(ADDRESS, 0).reinterpret(LONGEST_NAME).getString(0);
        }
    }
}
