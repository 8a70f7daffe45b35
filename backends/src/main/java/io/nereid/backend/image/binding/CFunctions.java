package io.nereid.backend.image.binding;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** The functions of a C library of this machine. Loaded for the rest of the process. Thread-safe. */
final class CFunctions {
    private static final Logger LOG = LoggerFactory.getLogger(CFunctions.class);

    private final SymbolLookup library;

    private CFunctions(SymbolLookup library) {
        this.library = library;
    }

    /**
     * The library of that name as the system's loader finds it; absent where there is none. That it is looked for does
     * not run anything of it but what it does when it is loaded.
     */
    static Optional<CFunctions> find(String name) {
        try {
            return Optional.of(new CFunctions(SymbolLookup.libraryLookup(name, Arena.global())));
        } catch (IllegalArgumentException e) {
            LOG.debug("{} is not used: {}", name, e.getMessage());
            return Optional.empty();
        }
    }

    /** @throws java.util.NoSuchElementException if the library has no such function */
    MethodHandle function(String name, FunctionDescriptor signature) {
        return Linker.nativeLinker().downcallHandle(library.findOrThrow(name), signature);
    }

    /** What the linker never throws. */
    static IllegalStateException thrown(Throwable e) {
        return new IllegalStateException("calling a C library failed", e);
    }
}
