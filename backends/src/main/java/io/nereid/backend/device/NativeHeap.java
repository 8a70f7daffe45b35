package io.nereid.backend.device;

import io.nereid.inference.NativeMemory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * The heap of the C library, where ONNX Runtime keeps its models and the server its tensors. What is freed there stays
 * with the process unless it is asked to give it back; only glibc can be. By default glibc splits its heap into eight
 * parts for each processor, and what models leave behind in each of them adds up from load to load: MALLOC_ARENA_MAX
 * makes them few, but only if it is set before the process starts, as the launcher does. Thread-safe.
 */
public final class NativeHeap implements NativeMemory {
    private static final Logger LOG = LoggerFactory.getLogger(NativeHeap.class);

    /** Freeing more takes a millisecond and longer. */
    private static final long FREED_AT_ONCE = 16 << 20;

    private NativeHeap() {}

    /** That of this process. */
    public static NativeHeap ofThisProcess() {
        return new NativeHeap();
    }

    /**
     * Links the functions that allocate and free, which takes some 15 milliseconds of whoever calls one of them first
     * otherwise: of an event loop with a request.
     */
    public void link() {
        free(allocate(Long.BYTES, Long.BYTES));
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        long address;
        try {
            address = (long) Functions.ALLOCATE.invokeExact(Functions.ALIGNED_ALLOC, byteAlignment, byteSize);
        } catch (Throwable e) {
            throw new IllegalStateException("calling the C library failed", e);
        }
        if (address == 0) {
            throw new OutOfMemoryError("the C library has no " + byteSize + " bytes left");
        }
        return MemorySegment.ofAddress(address).reinterpret(byteSize);
    }

    /** A large block goes back to the operating system, which takes its time: not on the caller's, maybe an event loop's. */
    @Override
    public void free(MemorySegment block) {
        if (block.byteSize() > FREED_AT_ONCE) {
            Thread.startVirtualThread(() -> freeNow(block));
        } else {
            freeNow(block);
        }
    }

    private void freeNow(MemorySegment block) {
        try {
            Functions.RELEASE.invokeExact(Functions.FREE, block.address());
        } catch (Throwable e) {
            throw new IllegalStateException("calling the C library failed", e);
        }
    }

    /** Gives the operating system every page back in which nothing is kept; takes milliseconds. Else does nothing. */
    public void trim() {
        if (Trim.MALLOC_TRIM.isPresent()) {
            try {
                int _ = (int) Trim.MALLOC_TRIM.get().invokeExact(0L);
            } catch (Throwable e) {
                LOG.warn("giving freed memory back to the operating system failed", e);
            }
        }
    }

    /** Constants, each handle with the address of the function as its first argument: so the compiler sees through them. */
    private static final class Functions {
        private static final Linker LINKER = Linker.nativeLinker();
        static final MemorySegment ALIGNED_ALLOC = LINKER.defaultLookup().findOrThrow("aligned_alloc");
        static final MemorySegment FREE = LINKER.defaultLookup().findOrThrow("free");
        static final MethodHandle ALLOCATE = LINKER.downcallHandle(FunctionDescriptor.of(JAVA_LONG, JAVA_LONG,
                JAVA_LONG));
        static final MethodHandle RELEASE = LINKER.downcallHandle(FunctionDescriptor.ofVoid(JAVA_LONG));

        private Functions() {}
    }

    /** By itself, since only who unloads models needs it. */
    private static final class Trim {
        static final Optional<MethodHandle> MALLOC_TRIM = Linker.nativeLinker().defaultLookup().find("malloc_trim")
                .map(address -> Linker.nativeLinker().downcallHandle(address,
                        FunctionDescriptor.of(JAVA_INT, JAVA_LONG)));

        private Trim() {}
    }
}
