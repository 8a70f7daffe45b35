package io.nereid.backend.worker.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

/**
 * The few functions of the C library that the server calls for its workers. Each returns what C returns, or the negated
 * number of the error where C returns -1. Linked when the first one is called.
 */
final class CLibrary {
    static final int O_CLOEXEC = 0x80000;
    static final int O_NONBLOCK = 0x800;
    static final int EINTR = 4;
    static final int EAGAIN = 11;
    static final int SIGKILL = 9;
    private static final short POLLOUT = 4;
    private static final int F_SETFL = 4;

    private static final MethodHandle PIPE2 = CFunction.of("pipe2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle FCNTL = CFunction.variadic("fcntl", 2,
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle WRITE = CFunction.of("write",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle POLL = CFunction.of("poll",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle KILL = CFunction.of("kill", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle CLOSE = CFunction.of("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private CLibrary() {}

    /** @param ends gets the reading and the writing end */
    static int pipe(MemorySegment state, MemorySegment ends) {
        try {
            int result = (int) PIPE2.invokeExact(state, ends, O_CLOEXEC);
            return result < 0 ? -CFunction.errno(state) : result;
        } catch (Throwable e) {
            throw CFunction.thrown("pipe2", e);
        }
    }

    static int setNonBlocking(MemorySegment state, int descriptor) {
        try {
            int result = (int) FCNTL.invokeExact(state, descriptor, F_SETFL, O_NONBLOCK);
            return result < 0 ? -CFunction.errno(state) : result;
        } catch (Throwable e) {
            throw CFunction.thrown("fcntl", e);
        }
    }

    static long write(MemorySegment state, int descriptor, MemorySegment bytes, long length) {
        try {
            long written = (long) WRITE.invokeExact(state, descriptor, bytes, length);
            return written < 0 ? -CFunction.errno(state) : written;
        } catch (Throwable e) {
            throw CFunction.thrown("write", e);
        }
    }

    /** Waits until the descriptor can be written to, or nobody reads from it any more, or for so long. */
    static int pollWritable(MemorySegment state, MemorySegment request, int descriptor, int millis) {
        request.set(JAVA_INT, 0, descriptor);
        request.set(JAVA_SHORT, 4, POLLOUT);
        request.set(JAVA_SHORT, 6, (short) 0);
        try {
            int ready = (int) POLL.invokeExact(state, request, 1L, millis);
            return ready < 0 ? -CFunction.errno(state) : ready;
        } catch (Throwable e) {
            throw CFunction.thrown("poll", e);
        }
    }

    static int kill(int process, int signal) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = CFunction.callState(arena);
            int result = (int) KILL.invokeExact(state, process, signal);
            return result < 0 ? -CFunction.errno(state) : result;
        } catch (Throwable e) {
            throw CFunction.thrown("kill", e);
        }
    }

    static void close(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            int _ = (int) CLOSE.invokeExact(CFunction.callState(arena), descriptor);
        } catch (Throwable e) {
            throw CFunction.thrown("close", e);
        }
    }
}
