package io.nereid.backend.device;

import io.nereid.inference.Await;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/** Against a library that looks like CUDA's driver, with one GPU and 64 bytes that another process shares. */
@Timeout(60)
final class CudaIpcTest {
    private static final String SOURCE = """
            #include <string.h>
            typedef struct { char bytes[64]; } handle;
            static char memory[80];
            static int context;
            static int pushed, contexts, opened;
            int balance(void) { return pushed * 100 + contexts * 10 + opened; }
            int cuInit(unsigned int flags) { return 0; }
            int cuGetErrorName(int status, const char **out) {
                *out = "CUDA_ERROR_TEST";
                return status == 77 ? 1 : 0;
            }
            int cuDeviceGet(int *out, int number) { *out = 40 + number; return number == 0 ? 0 : 101; }
            int cuDevicePrimaryCtxRetain(void **out, int device) { contexts++; *out = &context; return device != 40; }
            int cuDevicePrimaryCtxRelease_v2(int device) { contexts--; return device != 40; }
            int cuCtxPushCurrent_v2(void *at) { pushed++; return at != &context; }
            int cuCtxPopCurrent_v2(void **out) { pushed--; *out = &context; return 0; }
            int cuIpcOpenMemHandle_v2(char **out, handle given, unsigned int flags) {
                for (int i = 0; i < 64; i++) if (given.bytes[i] != i) return 201;
                if (!pushed || flags != 1) return 1;
                opened++;
                *out = memory + 16;
                return 0;
            }
            int cuIpcCloseMemHandle(char *at) { opened--; return at != memory + 16; }
            int cuMemGetAddressRange_v2(char **base, size_t *size, char *at) {
                *base = memory; *size = 80;
                return RANGE;
            }
            int cuMemcpyDtoH_v2(void *to, char *from, size_t bytes) { memcpy(to, from, bytes); return !pushed; }
            int cuMemcpyHtoD_v2(char *to, void *from, size_t bytes) { memcpy(to, from, bytes); return COPY; }
            int cuStreamSynchronize(void *stream) { return stream != 0; }
            """;
    private static final int SHARED = 64;

    @TempDir
    private Path folder;
    private final CaptureLock captures = new CaptureLock();

    private String library(String range, String copy) throws IOException, InterruptedException {
        return StandInLibrary.compiled(folder, "cuda" + range + "x" + copy,
                SOURCE.replace("RANGE", range).replace("COPY", copy));
    }

    private static byte[] handle() {
        byte[] handle = new byte[CudaIpc.HANDLE_BYTES];
        for (int i = 0; i < handle.length; i++) {
            handle[i] = (byte) i;
        }
        return handle;
    }

    /** Contexts that are current, contexts held and memory open, a digit each: 0 where all was given back. */
    private static int held(String library) throws Throwable {
        MemorySegment function = SymbolLookup.libraryLookup(library, Arena.global()).findOrThrow("balance");
        return (int) Linker.nativeLinker().downcallHandle(function, FunctionDescriptor.of(ValueLayout.JAVA_INT))
                .invoke();
    }

    @Test
    void open_memoryOfAnother_isFromItsBeginningToTheEndOfItsRange() throws Throwable {
        String library = library("0", "0");
        CudaIpc cuda = CudaIpc.find(library, captures).orElseThrow();
        CudaIpc.Memory memory = cuda.open(handle(), 0);
        assertThat(memory.byteSize()).isEqualTo(SHARED);
        assertThat(held(library)).isEqualTo(11);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 1, (byte) 2, (byte) 3);
            memory.write(61, bytes);
            MemorySegment read = arena.allocate(SHARED);
            memory.read(0, read);
            assertThat(read.get(ValueLayout.JAVA_BYTE, 60)).isZero();
            assertThat(read.asSlice(61).toArray(ValueLayout.JAVA_BYTE)).containsExactly(1, 2, 3);
            for (long offset : new long[]{-1, 62, 64, 65, Long.MAX_VALUE, Long.MIN_VALUE}) {
                assertThatExceptionOfType(IndexOutOfBoundsException.class)
                        .isThrownBy(() -> memory.read(offset, bytes));
                assertThatExceptionOfType(IndexOutOfBoundsException.class)
                        .isThrownBy(() -> memory.write(offset, bytes));
            }
            memory.read(SHARED, MemorySegment.NULL);
        }
        memory.close();
        assertThat(held(library)).isZero();
    }

    @Test
    void open_whatIsNotThere_isTheDriversErrorAndNothingIsKept() throws Throwable {
        String library = library("0", "0");
        CudaIpc cuda = CudaIpc.find(library, captures).orElseThrow();
        assertThatExceptionOfType(CudaException.class).isThrownBy(() -> cuda.open(handle(), 1))
                .withMessageContaining("cuDeviceGet").withMessageContaining("CUDA_ERROR_TEST");
        assertThatExceptionOfType(CudaException.class).isThrownBy(() -> cuda.open(new byte[64], 0))
                .withMessageContaining("cuIpcOpenMemHandle_v2");
        assertThatIllegalArgumentException().isThrownBy(() -> cuda.open(new byte[63], 0))
                .withMessage("handle: got 63 bytes (expected 64)");
        assertThat(held(library)).isZero();
    }

    @Test
    void open_rangeCannotBeHad_closesWhatWasOpened() throws Throwable {
        String library = library("77", "0");
        CudaIpc cuda = CudaIpc.find(library, captures).orElseThrow();
        assertThatExceptionOfType(CudaException.class).isThrownBy(() -> cuda.open(handle(), 0))
                .withMessageContaining("unknown error");
        assertThat(held(library)).isZero();
    }

    private static Thread waiting(Executable work) throws InterruptedException {
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                work.execute();
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        });
        while (thread.getState() != Thread.State.WAITING && thread.getState() != Thread.State.TERMINATED) {
            thread.join(1);
        }
        return thread;
    }

    /** Whatever it asks of the driver would end the recording. */
    @Test
    void everyCall_whileAGraphIsRecorded_waitsForItsEnd() throws Throwable {
        String library = library("0", "0");
        CudaIpc cuda = CudaIpc.find(library, captures).orElseThrow();
        try (CudaIpc.Memory memory = cuda.open(handle(), 0); Arena arena = Arena.ofShared()) {
            MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 5);
            MemorySegment read = arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 9);
            List<Thread> waiting = new ArrayList<>();
            captures.capture().lock();
            try {
                waiting.add(waiting(() -> memory.write(0, bytes)));
                waiting.add(waiting(() -> memory.read(1, read)));
                waiting.add(waiting(() -> cuda.open(handle(), 0).close()));
                assertThat(waiting).extracting(Thread::getState).containsOnly(Thread.State.WAITING);
                assertThat(read.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 9);
                assertThat(held(library)).isEqualTo(11);
            } finally {
                captures.capture().unlock();
            }
            for (Thread thread : waiting) {
                thread.join();
            }
            assertThat(read.get(ValueLayout.JAVA_BYTE, 0)).isZero();
            memory.read(0, read);
            assertThat(read.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 5);
        }
        assertThat(held(library)).isZero();
    }

    /** A request that holds a region as the last one may end on an event loop. */
    @Test
    void close_whileAGraphIsRecorded_returnsAndClosesAfterwards() throws Throwable {
        String library = library("0", "0");
        CudaIpc.Memory memory = CudaIpc.find(library, captures).orElseThrow().open(handle(), 0);
        captures.capture().lock();
        try {
            Thread loop = Thread.ofPlatform().start(memory::close);
            loop.join();
            assertThat(held(library)).isEqualTo(11);
        } finally {
            captures.capture().unlock();
        }
        Await.until(() -> held(library) == 0);
    }

    @Test
    void write_copyFails_isTheDriversErrorAndTheThreadIsAsItWas() throws Throwable {
        String library = library("0", "9");
        CudaIpc cuda = CudaIpc.find(library, captures).orElseThrow();
        try (CudaIpc.Memory memory = cuda.open(handle(), 0); Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(4);
            assertThatExceptionOfType(CudaException.class).isThrownBy(() -> memory.write(0, bytes))
                    .withMessageContaining("cuMemcpyHtoD_v2");
            assertThat(held(library)).isEqualTo(11);
        }
        assertThat(held(library)).isZero();
    }
}
