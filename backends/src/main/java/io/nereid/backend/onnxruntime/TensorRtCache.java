package io.nereid.backend.onnxruntime;

import io.nereid.backend.ModelVersion;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.OptimizationConfig.Accelerator;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Where TensorRT keeps the engines that it builds, which takes minutes: a folder of its own for each version of a model,
 * since engines of different models may have the same name.
 */
final class TensorRtCache {
    private static final String ENABLED = "trt_engine_cache_enable";

    private TensorRtCache() {}

    /**
     * Settings of TensorRT for a version, which its configuration may replace.
     *
     * @param folder of all models; null where none was named: then TensorRT caches only where the configuration says so,
     *     and where it says
     * @throws InferenceException UNAVAILABLE if there can be no such folder
     */
    static Map<String, String> settings(@Nullable Path folder, ModelVersion version, ModelConfig config)
            throws InferenceException {
        List<Accelerator> tensorRt = config.optimization().gpuAccelerators().stream()
                .filter(accelerator -> accelerator.name().equals("tensorrt")).toList();
        if (tensorRt.isEmpty()) {
            return Map.of();
        }
        if (folder == null) { // in the working folder, unless the configuration names another one
            return Map.of("trt_engine_cache_prefix", version.model() + "_" + version.version());
        }
        if (tensorRt.getFirst().parameters().getOrDefault(ENABLED, "1").equals("0")) {
            return Map.of();
        }
        String own = created(folder.resolve(version.model()).resolve(Long.toString(version.version()))).toString();
        return Map.of(ENABLED, "1", "trt_engine_cache_path", own, "trt_timing_cache_enable", "1",
                "trt_timing_cache_path", own);
    }

    private static Path created(Path folder) throws InferenceException {
        try {
            return Files.createDirectories(folder);
        } catch (IOException e) {
            throw new InferenceException(ErrorCode.UNAVAILABLE, "--backend-config onnxruntime,"
                    + BackendSettings.TENSORRT_CACHE + ": " + folder + " cannot be made: " + e, e);
        }
    }
}
