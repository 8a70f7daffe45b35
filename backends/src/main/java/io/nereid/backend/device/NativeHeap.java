package io.nereid.backend.device;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * The heap of the C library, where ONNX Runtime keeps its models. What is freed there stays with the process unless it is
 * told to give it back; only glibc can be told. By default glibc splits its heap into eight parts for each processor, and what
 * models leave behind in each of them adds up from load to load: MALLOC_ARENA_MAX makes them few, but only if it is set
 * before the process starts, as the launcher does. Thread-safe.
 */
public final class NativeHeap {
    private static final Logger LOG = LoggerFactory.getLogger(NativeHeap.class);

    private final Optional<MethodHandle> mallocTrim;

    private NativeHeap(Optional<MethodHandle> mallocTrim) {
        this.mallocTrim = mallocTrim;
    }

    /** That of this process. */
    public static NativeHeap ofThisProcess() {
        Linker linker = Linker.nativeLinker();
        return new NativeHeap(linker.defaultLookup().find("malloc_trim").map(address -> linker.downcallHandle(address,
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG))));
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
