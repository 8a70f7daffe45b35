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

    /** Constants, each with the address of the function as its first argument: so the compiler sees through them. */
    private static final MethodHandle ALLOCATE = Linker.nativeLinker()
            .downcallHandle(FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle FREE = Linker.nativeLinker().downcallHandle(FunctionDescriptor.ofVoid(JAVA_LONG));

    /** Freeing more takes a millisecond and longer. */
    private static final long FREED_AT_ONCE = 16 << 20;

    private final MemorySegment alignedAlloc;
    private final MemorySegment free;
    private final Optional<MethodHandle> mallocTrim;

    private NativeHeap(MemorySegment alignedAlloc, MemorySegment free, Optional<MethodHandle> mallocTrim) {
        this.alignedAlloc = alignedAlloc;
        this.free = free;
        this.mallocTrim = mallocTrim;
    }

    /** That of this process. */
    public static NativeHeap ofThisProcess() {
        Linker linker = Linker.nativeLinker();
        return new NativeHeap(linker.defaultLookup().findOrThrow("aligned_alloc"),
                linker.defaultLookup().findOrThrow("free"),
                linker.defaultLookup().find("malloc_trim").map(address -> linker.downcallHandle(address,
                        FunctionDescriptor.of(JAVA_INT, JAVA_LONG))));
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        long address;
        try {
            address = (long) ALLOCATE.invokeExact(alignedAlloc, byteAlignment, byteSize);
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
            FREE.invokeExact(free, block.address());
        } catch (Throwable e) {
            throw new IllegalStateException("calling the C library failed", e);
        }
    }

    /** Gives the operating system every page back in which nothing is kept; takes milliseconds. Else does nothing. */
    public void trim() {
        if (mallocTrim.isPresent()) {
            try {
                int _ = (int) mallocTrim.get().invokeExact(0L);
            } catch (Throwable e) {
                LOG.warn("giving freed memory back to the operating system failed", e);
            }
        }
    }
}
