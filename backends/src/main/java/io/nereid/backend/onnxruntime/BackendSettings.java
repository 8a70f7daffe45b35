package io.nereid.backend.onnxruntime;

import io.nereid.backend.onnxruntime.binding.OnnxRuntime.ThreadPools;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.Map;

/**
 * What {@code --backend-config} says to this backend.
 *
 * @param threadPools the threads that all sessions share; null where each has its own
 * @param defaultMaxBatchSize for models that can batch and do not say how much
 * @param tensorRtCache where TensorRT keeps what it builds; null leaves that to the models' configurations
 */
record BackendSettings(@Nullable ThreadPools threadPools, int defaultMaxBatchSize, @Nullable Path tensorRtCache) {
    static final String TENSORRT_CACHE = "tensorrt-cache";

    private static final int DEFAULT_MAX_BATCH_SIZE = 4;

    static BackendSettings of(Map<String, String> settings) throws InferenceException {
        ThreadPools pools = new ThreadPools(number(settings, "intra_op_thread_count", 0),
                number(settings, "inter_op_thread_count", 0));
        boolean global = number(settings, "enable-global-threadpool", 0) == 1;
        return new BackendSettings(global ? pools : null,
                number(settings, "default-max-batch-size", DEFAULT_MAX_BATCH_SIZE),
                folder(settings.getOrDefault(TENSORRT_CACHE, "")));
    }

    private static @Nullable Path folder(String text) {
        return text.isBlank() ? null : Path.of(text).toAbsolutePath();
    }

    private static int number(Map<String, String> settings, String key, int otherwise) throws InferenceException {
        String value = settings.get(key);
        if (value == null) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(value.strip());
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new InferenceException(ErrorCode.INVALID_ARG, "--backend-config onnxruntime," + key + "=" + value
                + ": expected a number, 0 or more");
    }
}
