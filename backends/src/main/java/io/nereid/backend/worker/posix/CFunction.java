package io.nereid.backend.worker.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.stream.Stream;

/** Links functions of the C library that say by {@code errno} what failed. To link one takes milliseconds. Stateless. */
final class CFunction {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CALL_STATE.varHandle(PathElement.groupElement("errno"));

    private CFunction() {}

    /** The first argument is a {@link #callState}, before those of C. */
    static MethodHandle of(String name, FunctionDescriptor signature) {
        return link(name, signature);
    }

    /** The same for a function that takes any number of arguments after the first {@code fixed}. */
    static MethodHandle variadic(String name, int fixed, FunctionDescriptor signature) {
        return link(name, signature, Linker.Option.firstVariadicArg(fixed));
    }

    private static MethodHandle link(String name, FunctionDescriptor signature, Linker.Option... options) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), signature, Stream
                .concat(Stream.of(Linker.Option.captureCallState("errno")), Stream.of(options))
                .toArray(Linker.Option[]::new));
    }

    /** Memory for the error number of calls. */
    static MemorySegment callState(Arena arena) {
        return arena.allocate(CALL_STATE);
    }

    /** The error number of the last call with that state, which has failed. */
    static int errno(MemorySegment state) {
        return (int) ERRNO.get(state, 0L);
    }

    /** What a handle throws that never does. */
    static IllegalStateException thrown(String function, Throwable e) {
        return new IllegalStateException("calling " + function + " failed", e);
    }
}
