package io.nereid.backend.workermemory;

import io.nereid.backend.ranges.Range;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * The functions of Linux' C library for a file that is mapped and has no name. Each throws an {@link IOException} that
 * names the function and the number of the error. Linked when a worker memory is opened. Thread-safe.
 */
final class FileCalls {
    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;
    private static final int F_ADD_SEALS = 1033;
    /** F_SEAL_SEAL, F_SEAL_SHRINK and F_SEAL_GROW: nobody changes the length of what others have mapped. */
    private static final int SEALS = 1 | 2 | 4;
    private static final int O_CLOEXEC = 0x80000;
    private static final int PROT_READ_WRITE = 1 | 2;
    private static final int MAP_SHARED = 1;
    /** FALLOC_FL_KEEP_SIZE and FALLOC_FL_PUNCH_HOLE. */
    private static final int PUNCH_HOLE = 1 | 2;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CALL_STATE.varHandle(PathElement.groupElement("errno"));

    private final Optional<MethodHandle> memfdCreate = find("memfd_create",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private final MethodHandle mkostemp = function("mkostemp", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private final MethodHandle fcntl = function("fcntl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    private final MethodHandle ftruncate = function("ftruncate", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
    private final MethodHandle fallocate = function("fallocate",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
    private final MethodHandle mmap = function("mmap",
            FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    private final MethodHandle munmap = function("munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
    private final MethodHandle close = function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private interface Call {
        long run(MemorySegment state) throws Throwable;
    }

    private static Optional<MethodHandle> find(String name, FunctionDescriptor signature, Linker.Option... options) {
        Linker.Option[] all = new Linker.Option[options.length + 1];
        System.arraycopy(options, 0, all, 0, options.length);
        all[options.length] = Linker.Option.captureCallState("errno");
        return LINKER.defaultLookup().find(name).map(address -> LINKER.downcallHandle(address, signature, all));
    }

    private static MethodHandle function(String name, FunctionDescriptor signature, Linker.Option... options) {
        return find(name, signature, options)
                .orElseThrow(() -> new UnsupportedOperationException("this system has no " + name));
    }

    /** Whether the system has files in memory; else {@link #temporary} is the way. */
    boolean hasMemoryFiles() {
        return memfdCreate.isPresent();
    }

    /** A descriptor of a new file of that length in memory, which never changes its length. */
    int inMemory(String name, long length) throws IOException {
        MethodHandle create = memfdCreate.orElseThrow();
        int descriptor;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment given = arena.allocateFrom(name);
            descriptor = (int) call("memfd_create",
                    state -> (int) create.invokeExact(state, given, MFD_CLOEXEC | MFD_ALLOW_SEALING));
        }
        try {
            setLength(descriptor, length);
            call("fcntl", state -> (int) fcntl.invokeExact(state, descriptor, F_ADD_SEALS, SEALS));
        } catch (IOException e) {
            close(descriptor);
            throw e;
        }
        return descriptor;
    }

    /** A descriptor of a new file of that length in a folder, where it has no name any more. */
    int temporary(Path folder, long length) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(folder.resolve("nereid-XXXXXX").toString());
            int descriptor = (int) call("mkostemp", state -> (int) mkostemp.invokeExact(state, name, O_CLOEXEC));
            try {
                Files.delete(Path.of(name.getString(0)));
                setLength(descriptor, length);
            } catch (IOException e) {
                close(descriptor);
                throw e;
            }
            return descriptor;
        }
    }

    private void setLength(int descriptor, long length) throws IOException {
        call("ftruncate", state -> (int) ftruncate.invokeExact(state, descriptor, length));
    }

    /** The file as memory of this process, until {@link #unmap}. */
    MemorySegment map(int descriptor, long length) throws IOException {
        long address = call("mmap", state -> (long) mmap.invokeExact(state, MemorySegment.NULL, length,
                PROT_READ_WRITE, MAP_SHARED, descriptor, 0L));
        return MemorySegment.ofAddress(address).reinterpret(length);
    }

    /** Ends the mapping, which nobody uses any more. */
    void unmap(MemorySegment mapped) throws IOException {
        call("munmap", state -> (int) munmap.invokeExact(state, mapped.address(), mapped.byteSize()));
    }

    /** Has the file system set that range aside, so that writing to it cannot fail. */
    void reserve(int descriptor, Range range) throws IOException {
        call("fallocate",
                state -> (int) fallocate.invokeExact(state, descriptor, 0, range.offset(), range.length()));
    }

    /** Gives the pages of that range back to the system; they read as zero from then on. */
    void discard(int descriptor, Range range) throws IOException {
        call("fallocate",
                state -> (int) fallocate.invokeExact(state, descriptor, PUNCH_HOLE, range.offset(), range.length()));
    }

    void close(int descriptor) throws IOException {
        call("close", state -> (int) close.invokeExact(state, descriptor));
    }

    private static long call(String name, Call call) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            long result = call.run(state);
            if (result == -1) {
                throw new IOException(name + " failed with error number " + (int) ERRNO.get(state, 0L));
            }
            return result;
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(name + " could not be called", e);
        }
    }
}
