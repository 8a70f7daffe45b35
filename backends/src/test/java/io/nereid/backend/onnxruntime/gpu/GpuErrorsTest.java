package io.nereid.backend.onnxruntime.gpu;

import io.nereid.backend.device.CudaException;
import io.nereid.backend.device.StandInCuda;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class GpuErrorsTest {
    private final StandInCuda cuda = new StandInCuda(1, 8L << 20);
    private final GpuErrors errors = new GpuErrors(cuda, 0);

    private static InferenceException ort(String text) {
        return new InferenceException(ErrorCode.INTERNAL, "onnx runtime error 6: " + text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bfc_arena.cc: Failed to allocate memory for requested buffer of size 1073741824",
            "CUDA failure 2: out of memory ; GPU=0", "CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0",
            "CUDA_ERROR_OUT_OF_MEMORY"})
    void of_whatSaysThatTheDeviceIsFull_isUnavailableWithWhatThereIs(String text) {
        InferenceException error = errors.of("instance 'm'", ort(text));
        assertThat(error.code()).isEqualTo(ErrorCode.UNAVAILABLE);
        assertThat(error.text()).startsWith("instance 'm' finds no memory on GPU 0, of whose 8 MiB 8 are free")
                .contains(text).contains("gpu_mem_limit");
    }

    @Test
    void of_limitOfTheModel_saysWhichOneToRaise() {
        InferenceException error = errors.of("instance 'm'",
                ort("Available memory of 100 is smaller than requested bytes of 200"));
        assertThat(error.code()).isEqualTo(ErrorCode.UNAVAILABLE);
        assertThat(error.text()).startsWith("instance 'm' has used up its gpu_mem_limit on GPU 0")
                .endsWith("raise it, or send smaller batches");
    }

    @Test
    void of_anythingElse_isAsItWas() {
        InferenceException other = ort("Got invalid dimensions for input: x");
        assertThat(errors.of("instance 'm'", other)).isSameAs(other);
        InferenceException failed = errors.of("instance 'm'", new CudaException("cuMemcpy", 700, "ILLEGAL"));
        assertThat(failed.code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(failed.text()).isEqualTo("instance 'm' failed on GPU 0: cuMemcpy: ILLEGAL (700)");
    }
}
