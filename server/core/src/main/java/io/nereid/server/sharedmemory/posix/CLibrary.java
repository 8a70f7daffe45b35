package io.nereid.server.sharedmemory.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * The few functions of the C library that are called. Each returns what C returns, or the negated number of the error
 * where C returns -1, so that no caller can miss it. Linked when the first one is called, which takes some
 * milliseconds.
 */
final class CLibrary {
    static final int O_RDONLY = 0;
    static final int O_RDWR = 2;
    /** What has such a name may be a pipe that nobody writes to; opening it must not wait. */
    static final int O_NONBLOCK = 0x800;
    static final int SEEK_END = 2;
    static final int EINTR = 4;
    static final int EACCES = 13;

    /** Until glibc 2.34 {@code shm_open} was in a library of its own. */
    private static final String REALTIME_LIBRARY = "librt.so.1";
    private static final int LONGEST_DESCRIPTION = 1024;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CALL_STATE.varHandle(PathElement.groupElement("errno"));

    private static final MethodHandle SHM_OPEN = function("shm_open",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
    private static final MethodHandle LSEEK = function("lseek",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final MethodHandle PREAD = function("pread",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle PWRITE = function("pwrite",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle CLOSE = function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle STRERROR = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("strerror"), FunctionDescriptor.of(ADDRESS, JAVA_INT));

    private CLibrary() {}

    private static MethodHandle function(String name, FunctionDescriptor signature) {
        MemorySegment address = LINKER.defaultLookup().find(name)
                .orElseGet(() -> SymbolLookup.libraryLookup(REALTIME_LIBRARY, Arena.global()).findOrThrow(name));
        return LINKER.downcallHandle(address, signature, Linker.Option.captureCallState("errno"));
    }

    /** A descriptor of the object of that name, which no program that is executed inherits. */
    static int shmOpen(String name, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            int descriptor = (int) SHM_OPEN.invokeExact(state, arena.allocateFrom(name), flags, 0);
            return descriptor < 0 ? -errno(state) : descriptor;
        } catch (Throwable e) {
            throw thrown("shm_open", e);
        }
    }

    /** How long what the descriptor stands for is; moves a place in it that nothing here goes by. */
    static long lseekEnd(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            long size = (long) LSEEK.invokeExact(state, descriptor, 0L, SEEK_END);
            return size < 0 ? -errno(state) : size;
        } catch (Throwable e) {
            throw thrown("lseek", e);
        }
    }

    static long pread(int descriptor, MemorySegment into, long offset) {
        return transfer("pread", PREAD, descriptor, into, offset);
    }

    static long pwrite(int descriptor, MemorySegment from, long offset) {
        return transfer("pwrite", PWRITE, descriptor, from, offset);
    }

    private static long transfer(String name, MethodHandle function, int descriptor, MemorySegment data, long offset) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            long count = (long) function.invokeExact(state, descriptor, data, data.byteSize(), offset);
            return count < 0 ? -errno(state) : count;
        } catch (Throwable e) {
            throw thrown(name, e);
        }
    }

    static int close(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            int result = (int) CLOSE.invokeExact(state, descriptor);
            return result < 0 ? -errno(state) : result;
        } catch (Throwable e) {
            throw thrown("close", e);
        }
    }

    /** An error's number in words. */
    static String describe(int errno) {
        try {
            MemorySegment text = (MemorySegment) STRERROR.invokeExact(errno);
            return text.reinterpret(LONGEST_DESCRIPTION).getString(0);
        } catch (Throwable e) {
            throw thrown("strerror", e);
        }
    }

    private static int errno(MemorySegment state) {
        return (int) ERRNO.get(state, 0L);
    }

    /** Calling C throws nothing but what is wrong with the call itself. */
    private static RuntimeException thrown(String function, Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return new IllegalStateException(function + " could not be called", e);
    }
}
