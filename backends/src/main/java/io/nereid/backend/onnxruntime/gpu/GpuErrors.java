package io.nereid.backend.onnxruntime.gpu;

import io.nereid.backend.device.Cuda;
import io.nereid.backend.device.CudaException;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

import java.util.List;
import java.util.Locale;

/**
 * What failures on a GPU mean: where its memory is full, the error says so, with how much there is and what to set.
 * Nothing else of the server is affected by that. Thread-safe.
 */
public final class GpuErrors {
    /** What ONNX Runtime, CUDA, cuBLAS and cuDNN say when they get no memory, in lower case. */
    private static final List<String> FULL = List.of("failed to allocate memory for requested buffer",
            "out of memory", "out_of_memory", "status_alloc_failed");
    /** What ONNX Runtime says when an arena has reached its limit. */
    private static final String LIMIT = "is smaller than requested bytes of";

    private final Cuda cuda;
    private final int device;

    /** Of what happens on that GPU. */
    public GpuErrors(Cuda cuda, int device) {
        this.cuda = cuda;
        this.device = device;
    }

    /**
     * The error for clients.
     *
     * @param what failed, as the subject of a sentence: {@code instance 'm_0_gpu0'}
     */
    public InferenceException of(String what, InferenceException error) {
        String text = error.text().toLowerCase(Locale.ROOT);
        if (text.contains(LIMIT)) {
            return unavailable(what + " has used up its gpu_mem_limit on GPU " + device + " (" + error.text()
                    + "): raise it, or send smaller batches");
        }
        return FULL.stream().anyMatch(text::contains) ? full(what, error.text()) : error;
    }

    /** The same for a call to CUDA of our own. */
    public InferenceException of(String what, CudaException error) {
        String text = String.valueOf(error.getMessage());
        return error.isOutOfMemory() ? full(what, text)
                : new InferenceException(ErrorCode.INTERNAL, what + " failed on GPU " + device + ": " + text);
    }

    private InferenceException full(String what, String text) {
        return unavailable(what + " finds no memory on GPU " + device + memory() + " (" + text
                + "): give it fewer instances or models, a smaller max_batch_size, or the other models a gpu_mem_limit");
    }

    private String memory() {
        try {
            Cuda.DeviceMemory memory = cuda.memory(device);
            return ", of whose " + (memory.totalBytes() >> 20) + " MiB " + (memory.freeBytes() >> 20) + " are free";
        } catch (CudaException _) { // then the other error has to do
            return "";
        }
    }

    private static InferenceException unavailable(String text) {
        return new InferenceException(ErrorCode.UNAVAILABLE, text);
    }
}
