package io.nereid.server.http.sagemaker;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.http.ErrorStatus;
import io.netty.handler.codec.http.HttpResponseStatus;

import java.util.List;

/**
 * The statuses that SageMaker goes by where it manages the models: it makes room by unloading others at a 507, and takes
 * a 409 for a model that is there. Which errors are those of memory is guessed from their texts, as Triton does.
 */
final class PlatformErrors {
    /** What backends say when memory is short; in a text of several words any case counts. */
    private static final List<String> OUT_OF_MEMORY = List.of("out of memory", "CUDA_OUT_OF_MEMORY", "Out Of Memory",
            "Out of memory", "MemoryError", "OutOfMemory", "OOM", "Dst tensor is not initialized",
            "Src tensor is not initialized", "CNMEM_STATUS_OUT_OF_MEMORY", "CUDNN_STATUS_NOT_INITIALIZED",
            "CUBLAS_STATUS_ALLOC_FAILED", "CUBLAS_STATUS_NOT_INITIALIZED", "Failed to allocate memory",
            "failed to allocate memory", "No space left on device");

    /** Of a request to a model. */
    static final ErrorStatus OF_INVOCATIONS = PlatformErrors::ofInvocation;

    private PlatformErrors() {}

    /** A server that asks to come again later is not at fault, and neither is its client: that stays what it is. */
    private static HttpResponseStatus ofInvocation(InferenceException error) {
        return isOutOfMemory(error) ? HttpResponseStatus.INSUFFICIENT_STORAGE
                : error.text().startsWith("Unsupported compression type") ? HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE
                        : error.retryAfterSeconds() > 0 ? ErrorStatus.OF_PROTOCOL.of(error)
                                : HttpResponseStatus.BAD_REQUEST;
    }

    /** Of a call that loads or unloads a model. */
    static HttpResponseStatus ofControl(InferenceException error) {
        return error.code() == ErrorCode.ALREADY_EXISTS ? HttpResponseStatus.CONFLICT : ofInvocation(error);
    }

    private static boolean isOutOfMemory(InferenceException error) {
        return OUT_OF_MEMORY.stream().anyMatch(error.text()::contains);
    }
}
