package io.nereid.backend.python.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

/**
 * The few functions of the C library that are called. Each returns what C returns, or the negated number of the error
 * where C returns -1. Linked when the first one is called.
 */
final class CLibrary {
    static final int O_CLOEXEC = 0x80000;
    static final int O_NONBLOCK = 0x800;
    static final int EINTR = 4;
    static final int EAGAIN = 11;
    static final int SIGKILL = 9;
    private static final short POLLOUT = 4;
    private static final int F_SETFL = 4;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CALL_STATE.varHandle(PathElement.groupElement("errno"));

    private static final MethodHandle PIPE2 = function("pipe2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle FCNTL = LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow("fcntl"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT), Linker.Option.captureCallState("errno"),
            Linker.Option.firstVariadicArg(2));
    private static final MethodHandle WRITE = function("write",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle POLL = function("poll",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle KILL = function("kill", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle CLOSE = function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private CLibrary() {}

    private static MethodHandle function(String name, FunctionDescriptor signature) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), signature,
                Linker.Option.captureCallState("errno"));
    }

    /** Memory for the error number of calls. */
    static MemorySegment callState(Arena arena) {
        return arena.allocate(CALL_STATE);
    }

    /** @param ends gets the reading and the writing end */
    static int pipe(MemorySegment state, MemorySegment ends) {
        try {
            int result = (int) PIPE2.invokeExact(state, ends, O_CLOEXEC);
            return result < 0 ? -errno(state) : result;
        } catch (Throwable e) {
            throw thrown("pipe2", e);
        }
    }

    static int setNonBlocking(MemorySegment state, int descriptor) {
        try {
            int result = (int) FCNTL.invokeExact(state, descriptor, F_SETFL, O_NONBLOCK);
            return result < 0 ? -errno(state) : result;
        } catch (Throwable e) {
            throw thrown("fcntl", e);
        }
    }

    static long write(MemorySegment state, int descriptor, MemorySegment bytes, long length) {
        try {
            long written = (long) WRITE.invokeExact(state, descriptor, bytes, length);
            return written < 0 ? -errno(state) : written;
        } catch (Throwable e) {
            throw thrown("write", e);
        }
    }

    /** Waits until the descriptor can be written to, or nobody reads from it any more, or for so long. */
    static int pollWritable(MemorySegment state, MemorySegment request, int descriptor, int millis) {
        request.set(JAVA_INT, 0, descriptor);
        request.set(JAVA_SHORT, 4, POLLOUT);
        request.set(JAVA_SHORT, 6, (short) 0);
        try {
            int ready = (int) POLL.invokeExact(state, request, 1L, millis);
            return ready < 0 ? -errno(state) : ready;
        } catch (Throwable e) {
            throw thrown("poll", e);
        }
    }

    static int kill(int process, int signal) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            int result = (int) KILL.invokeExact(state, process, signal);
            return result < 0 ? -errno(state) : result;
        } catch (Throwable e) {
            throw thrown("kill", e);
        }
    }

    static void close(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            int _ = (int) CLOSE.invokeExact(arena.allocate(CALL_STATE), descriptor);
        } catch (Throwable e) {
            throw thrown("close", e);
        }
    }

    private static int errno(MemorySegment state) {
        return (int) ERRNO.get(state, 0L);
    }

    private static IllegalStateException thrown(String function, Throwable e) {
        return new IllegalStateException("calling " + function + " failed", e);
    }
}
