package io.nereid.backend.device;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Against a library that looks like CUDA's driver, with two GPUs of 4096 bytes; a copy is done when it is waited for. */
final class DriverCudaTest {
    private static final String SOURCE = """
            #include <stdlib.h>
            #include <string.h>
            static char memory[2][4096];
            static int contexts[2];
            static int current[8], depth, retained, allocated, pinned, streams;
            static struct { char *to; const char *from; size_t bytes; int set; } pending[8];
            static int waiting;
            int balance(void) {
                return depth * 10000 + retained * 1000 + allocated * 100 + pinned * 10 + streams;
            }
            int cuInit(unsigned int flags) { return 0; }
            int cuGetErrorName(int status, const char **out) {
                *out = status == 2 ? "CUDA_ERROR_OUT_OF_MEMORY" : "CUDA_ERROR_TEST";
                return 0;
            }
            int cuDeviceGet(int *out, int number) { *out = 40 + number; return number < 2 ? 0 : 101; }
            int cuDevicePrimaryCtxRetain(void **out, int device) {
                retained++;
                *out = &contexts[device - 40];
                return 0;
            }
            int cuDevicePrimaryCtxRelease_v2(int device) { retained--; return 0; }
            int cuCtxPushCurrent_v2(int *at) { current[depth++] = at - contexts; return 0; }
            int cuCtxPopCurrent_v2(void **out) { *out = &contexts[current[--depth]]; return 0; }
            static int here(void) { return depth == 1 ? current[0] : -1; }
            int cuMemAlloc_v2(char **out, size_t bytes) {
                if (here() < 0) return 201;
                if (bytes > 4096) return 2;
                allocated++;
                *out = memory[here()];
                return 0;
            }
            int cuMemFree_v2(char *at) { if (here() < 0 || at != memory[here()]) return 1; allocated--; return 0; }
            int cuMemHostAlloc(void **out, size_t bytes, unsigned int flags) {
                if (here() < 0 || flags != 1) return 1;
                if (bytes > 4096) return 2;
                pinned++;
                *out = malloc(bytes);
                return 0;
            }
            int cuMemFreeHost(void *at) { if (here() < 0) return 1; pinned--; free(at); return 0; }
            int cuStreamCreate(void **out, unsigned int flags) {
                if (here() < 0 || flags != 1) return 1;
                streams++;
                *out = (void *) 0x77;
                return 0;
            }
            int cuStreamDestroy_v2(void *at) { if (at != (void *) 0x77) return 1; streams--; return 0; }
            static int later(char *to, const char *from, size_t bytes, int set, void *stream) {
                if (here() < 0 || stream != (void *) 0x77) return 400;
                pending[waiting].to = to; pending[waiting].from = from;
                pending[waiting].bytes = bytes; pending[waiting++].set = set;
                return 0;
            }
            int cuMemcpyHtoDAsync_v2(char *to, const void *from, size_t bytes, void *stream) {
                return later(to, from, bytes, 0, stream);
            }
            int cuMemcpyDtoHAsync_v2(void *to, const char *from, size_t bytes, void *stream) {
                return later(to, from, bytes, 0, stream);
            }
            int cuMemcpyDtoDAsync_v2(char *to, const char *from, size_t bytes, void *stream) {
                return later(to, from, bytes, 0, stream);
            }
            int cuMemsetD8Async(char *at, unsigned char value, size_t bytes, void *stream) {
                return later(at, 0, bytes, value, stream);
            }
            int cuStreamSynchronize(void *stream) {
                if (stream != (void *) 0x77) return 400;
                for (int i = 0; i < waiting; i++)
                    if (pending[i].from) memcpy(pending[i].to, pending[i].from, pending[i].bytes);
                    else memset(pending[i].to, pending[i].set, pending[i].bytes);
                waiting = 0;
                return 0;
            }
            int cuMemGetInfo_v2(size_t *free, size_t *total) {
                *free = 1000 + here(); *total = 4096;
                return 0;
            }
            """;

    @TempDir
    private Path folder;

    /** Contexts that are current and held, memory allocated and pinned, and streams, a digit each. */
    private static int held(String library) throws Throwable {
        MemorySegment function = SymbolLookup.libraryLookup(library, Arena.global()).findOrThrow("balance");
        return (int) Linker.nativeLinker().downcallHandle(function, FunctionDescriptor.of(ValueLayout.JAVA_INT))
                .invoke();
    }

    @Test
    void copies_throughAStream_areInOrderAndEverythingIsGivenBack() throws Throwable {
        String library = StandInLibrary.compiled(folder, "driver", SOURCE);
        DriverCuda cuda = DriverCuda.find(library).orElseThrow();
        long memory = cuda.allocate(1, 4096);
        MemorySegment host = cuda.allocatePinned(1, 64);
        try (CudaStream stream = CudaStream.create(cuda, 1); Arena arena = Arena.ofConfined()) {
            assertThat(host.byteSize()).isEqualTo(64);
            assertThat(held(library)).isEqualTo(1111);
            host.fill((byte) 7);
            stream.zero(memory, 4096);
            stream.copyToDevice(memory + 32, host);
            stream.copyWithinDevice(memory + 16, memory + 64, 8);
            MemorySegment back = arena.allocate(128);
            stream.copyToHost(back, memory);
            assertThat(back.get(ValueLayout.JAVA_BYTE, 32)).isZero();
            stream.synchronize();
            byte[] expected = new byte[128];
            Arrays.fill(expected, 32, 96, (byte) 7);
            Arrays.fill(expected, 16, 24, (byte) 7);
            assertThat(back.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
            assertThat(stream.memory()).isEqualTo(new Cuda.DeviceMemory(1001, 4096));
            assertThat(cuda.memory(0).freeBytes()).isEqualTo(1000);
        }
        cuda.freePinned(1, host);
        cuda.free(1, memory);
        assertThat(held(library)).isEqualTo(2000);
        cuda.close();
        cuda.close();
        assertThat(held(library)).isZero();
    }

    @Test
    void allocate_moreThanThereIs_isOutOfMemoryAndTheThreadIsAsItWas() throws Throwable {
        String library = StandInLibrary.compiled(folder, "full", SOURCE);
        try (DriverCuda cuda = DriverCuda.find(library).orElseThrow()) {
            assertThatExceptionOfType(CudaException.class).isThrownBy(() -> cuda.allocate(0, 4097))
                    .withMessage("cuMemAlloc_v2: CUDA_ERROR_OUT_OF_MEMORY (2)")
                    .matches(CudaException::isOutOfMemory);
            assertThatExceptionOfType(CudaException.class).isThrownBy(() -> cuda.allocatePinned(0, 4097))
                    .matches(CudaException::isOutOfMemory);
            assertThatExceptionOfType(CudaException.class).isThrownBy(() -> cuda.createStream(2))
                    .withMessage("cuDeviceGet: CUDA_ERROR_TEST (101)").matches(error -> !error.isOutOfMemory());
            assertThat(held(library)).isEqualTo(1000);
        }
        assertThat(held(library)).isZero();
    }

    @Test
    void find_noDriverOrOneThatLacksAFunction_isAbsent() throws Throwable {
        assertThat(DriverCuda.find("libno-such-driver.so.1")).isEmpty();
        assertThat(DriverCuda.find(StandInLibrary.compiled(folder, "old",
                SOURCE.replace("cuMemsetD8Async", "cuOther")))).isEmpty();
        assertThat(DriverCuda.find(StandInLibrary.compiled(folder, "none",
                SOURCE.replace("unsigned int flags) { return 0; }", "unsigned int flags) { return 100; }")))).isEmpty();
    }
}
