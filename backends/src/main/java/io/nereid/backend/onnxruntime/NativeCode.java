package io.nereid.backend.onnxruntime;

import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.OptimizationConfig.Accelerator;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What of a configuration brings native code into the process, lets an accelerator open files by any path, or lets
 * kernels run on what they do not bear: operator libraries, plugins, engines that were compiled elsewhere, empty
 * dimensions.
 */
final class NativeCode {
    /** By accelerator: the parameters that name a file or a folder. */
    private static final Map<String, Set<String>> PATHS = Map.of(
            "tensorrt", Set.of("trt_extra_plugin_lib_paths", "trt_engine_cache_path", "trt_engine_cache_prefix",
                    "trt_timing_cache_path", "trt_ep_context_file_path", "int8_calibration_table_name"),
            "openvino", Set.of("load_config", "cache_dir"));

    private NativeCode() {}

    /**
     * Each thing of that kind, as messages call it.
     *
     * @param filesToo whether whoever wrote the configuration has made the model's files as well: one of them may be an
     *     engine for an accelerator, which runs it as it is
     */
    static List<String> of(ModelConfig config, boolean filesToo) {
        List<String> found = new ArrayList<>();
        config.opLibraryFilenames().forEach(file -> found.add("model_operations.op_library_filename '" + file + "'"));
        if (config.parameters().containsKey(EmptyDimensions.PARAMETER)) { // kernels that read where they must not
            found.add("parameters '" + EmptyDimensions.PARAMETER + "'");
        }
        add("gpu_execution_accelerator", config.optimization().gpuAccelerators(), filesToo, found);
        add("cpu_execution_accelerator", config.optimization().cpuAccelerators(), filesToo, found);
        return found;
    }

    private static void add(String field, List<Accelerator> accelerators, boolean filesToo, List<String> found) {
        for (Accelerator accelerator : accelerators) {
            Set<String> paths = PATHS.getOrDefault(accelerator.name(), Set.of());
            String name = field + " '" + accelerator.name() + "'";
            if (filesToo && !paths.isEmpty()) {
                found.add(name);
            }
            accelerator.parameters().entrySet().stream().filter(parameter -> paths.contains(parameter.getKey()))
                    .map(parameter -> name + " with " + parameter.getKey() + " '" + parameter.getValue() + "'").sorted()
                    .forEach(found::add);
        }
    }
}
