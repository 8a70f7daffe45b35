package io.nereid.backend.onnxruntime;

import io.nereid.backend.InstancePlacement;
import io.nereid.backend.onnxruntime.binding.OrtSessionOptions;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.OptimizationConfig.Accelerator;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The execution providers of a model: on a GPU the accelerators that the configuration names and CUDA behind them for
 * what they cannot run, on the CPU OpenVINO where it is named, and always ONNX Runtime's own kernels at last.
 */
final class ExecutionProviders {
    private static final Set<String> GPU_ACCELERATORS = Set.of("tensorrt", "cuda");
    private static final Set<String> CPU_ACCELERATORS = Set.of("openvino");

    /** Keys of the {@code tensorrt} accelerator that ONNX Runtime knows under another name. */
    private static final Map<String, String> RENAMED = Map.of("max_workspace_size_bytes", "trt_max_workspace_size",
            "int8_calibration_table_name", "trt_int8_calibration_table_name", "int8_use_native_calibration_table",
            "trt_int8_use_native_calibration_table");

    private static final Set<String> TENSORRT_KEYS = Set.of("trt_max_partition_iterations", "trt_min_subgraph_size",
            "trt_dla_enable", "trt_dla_core", "trt_engine_cache_enable", "trt_engine_cache_path",
            "trt_engine_cache_prefix", "trt_dump_subgraphs", "trt_force_sequential_engine_build",
            "trt_context_memory_sharing_enable", "trt_layer_norm_fp32_fallback", "trt_timing_cache_enable",
            "trt_timing_cache_path", "trt_force_timing_cache", "trt_detailed_build_log", "trt_build_heuristics_enable",
            "trt_sparsity_enable", "trt_builder_optimization_level", "trt_auxiliary_streams", "trt_tactic_sources",
            "trt_extra_plugin_lib_paths", "trt_profile_min_shapes", "trt_profile_max_shapes",
            "trt_profile_opt_shapes", "trt_cuda_graph_enable", "trt_dump_ep_context_model",
            "trt_ep_context_file_path", "trt_ep_context_embed_mode");

    /** By accelerator: what the provider takes as an address in memory, and would read or call there. */
    private static final Map<String, Set<String>> ADDRESSES = Map.of("cuda",
            Set.of("gpu_external_alloc", "gpu_external_free", "gpu_external_empty_cache", "user_compute_stream",
                    "has_user_compute_stream", "default_memory_arena_cfg"),
            "openvino", Set.of("context"));

    /** By what ONNX Runtime says of a provider that it cannot load: what to do. */
    private static final Map<String, String> MISSING = Map.of("cannot open shared object file",
            "; CUDA's libraries (cuBLAS, cuDNN 9, cuFFT, cuRAND) of the major release that ONNX Runtime was built for are"
                    + " looked for in the folders of NEREID_CUDA_LIBRARIES, in the Pythons' packages and by the system's"
                    + " loader; those of TensorRT, for the accelerator of that name, by the loader alone, as by"
                    + " LD_LIBRARY_PATH",
            "not enabled in this build", "; this ONNX Runtime was built without it (NEREID_VARIANT=gpu ./nereid or mvn"
                    + " -Pgpu packs one for CUDA and TensorRT)");

    private static final Map<String, Map<String, String>> PRECISIONS = Map.of("FP32", Map.of(), "FP16",
            Map.of("trt_fp16_enable", "1"), "BF16", Map.of("trt_bf16_enable", "1"), "INT8",
            Map.of("trt_int8_enable", "1"));

    private final Map<String, Map<String, String>> gpu = new LinkedHashMap<>();
    private final Map<String, Map<String, String>> cpu = new LinkedHashMap<>();

    private ExecutionProviders() {}

    /**
     * Reads the accelerators of a configuration.
     *
     * @param cuda further settings of the CUDA provider
     * @param tensorRt those of TensorRT that the configuration may replace
     * @throws InferenceException INVALID_ARG if one is not known, or a setting of TensorRT's
     */
    static ExecutionProviders of(ModelConfig config, Map<String, String> cuda, Map<String, String> tensorRt)
            throws InferenceException {
        ExecutionProviders providers = new ExecutionProviders();
        read(config.optimization().gpuAccelerators(), GPU_ACCELERATORS, providers.gpu);
        read(config.optimization().cpuAccelerators(), CPU_ACCELERATORS, providers.cpu);
        providers.gpu.computeIfPresent("tensorrt", (_, own) -> {
            Map<String, String> both = new LinkedHashMap<>(tensorRt);
            both.putAll(own);
            return both;
        });
        Map<String, String> settings = new HashMap<>(cuda);
        settings.putAll(providers.gpu.getOrDefault("cuda", Map.of()));
        providers.gpu.remove("cuda");
        providers.gpu.put("cuda", settings);
        return providers;
    }

    /** Whether an instance on the CPU has ONNX Runtime's own kernels alone. */
    boolean isOnlyOwnOnCpu() {
        return cpu.isEmpty();
    }

    /**
     * Adds what an instance at {@code placement} runs on.
     *
     * @param stream of the GPU, in which everything of the instance is done; empty leaves that to ONNX Runtime
     * @param graphs whether the first provider records runs as CUDA graphs
     * @throws InferenceException with ONNX Runtime's words if there is no such provider, and with what it lacks
     */
    void append(InstancePlacement placement, OptionalLong stream, boolean graphs, OrtSessionOptions options)
            throws InferenceException {
        if (placement.kind() == InstancePlacement.Kind.GPU) {
            boolean first = true;
            for (Map.Entry<String, Map<String, String>> provider : gpu.entrySet()) {
                Map<String, String> complete = withDevice(provider.getValue(), placement.deviceId());
                complete.put(Objects.requireNonNull(CudaGraphs.PARAMETERS.get(provider.getKey())),
                        graphs && first ? "1" : "0");
                stream.ifPresent(address -> complete.putAll(inStream(address)));
                appendGpu(provider.getKey(), complete, options);
                first = false;
            }
        } else if (cpu.containsKey("openvino")) {
            options.appendProvider("OpenVINO", cpu.getOrDefault("openvino", Map.of()));
        }
    }

    private static void appendGpu(String name, Map<String, String> settings, OrtSessionOptions options)
            throws InferenceException {
        try {
            if (name.equals("tensorrt")) {
                options.appendTensorRt(settings);
            } else {
                options.appendCuda(settings);
            }
        } catch (InferenceException e) {
            throw e.withText(e.text() + MISSING.entrySet().stream().filter(entry -> e.text().contains(entry.getKey()))
                    .map(Map.Entry::getValue).findFirst().orElse(""));
        }
    }

    private static Map<String, String> inStream(long address) {
        return Map.of("has_user_compute_stream", "1", "user_compute_stream", Long.toUnsignedString(address));
    }

    private static Map<String, String> withDevice(Map<String, String> settings, int device) {
        Map<String, String> complete = new LinkedHashMap<>(settings);
        complete.put("device_id", String.valueOf(device));
        return complete;
    }

    private static void read(List<Accelerator> accelerators, Set<String> known, Map<String, Map<String, String>> into)
            throws InferenceException {
        for (Accelerator accelerator : accelerators) {
            if (!known.contains(accelerator.name())) {
                throw new InferenceException(ErrorCode.INVALID_ARG,
                        "unknown Execution Accelerator '" + accelerator.name() + "' is requested");
            }
            checkAddresses(accelerator);
            into.put(accelerator.name(), accelerator.name().equals("tensorrt") ? tensorRt(accelerator.parameters())
                    : accelerator.parameters());
        }
    }

    private static void checkAddresses(Accelerator accelerator) throws InferenceException {
        Set<String> addresses = ADDRESSES.getOrDefault(accelerator.name(), Set.of());
        for (String key : accelerator.parameters().keySet()) {
            if (addresses.contains(key)) {
                throw new InferenceException(ErrorCode.INVALID_ARG, "parameter '" + key + "' of Execution Accelerator '"
                        + accelerator.name()
                        + "' is an address in this process's memory, which no configuration can know;"
                        + " leave it out");
            }
        }
    }

    private static Map<String, String> tensorRt(Map<String, String> parameters) throws InferenceException {
        Map<String, String> settings = new LinkedHashMap<>();
        for (Map.Entry<String, String> parameter : parameters.entrySet()) {
            String key = parameter.getKey();
            if (key.equals("precision_mode")) {
                settings.putAll(precision(parameter.getValue()));
            } else if (RENAMED.containsKey(key) || TENSORRT_KEYS.contains(key)) {
                settings.put(RENAMED.getOrDefault(key, key), parameter.getValue());
            } else {
                throw new InferenceException(ErrorCode.INVALID_ARG,
                        "unknown parameter '" + key + "' is provided for TensorRT Execution Accelerator");
            }
        }
        return settings;
    }

    private static Map<String, String> precision(String mode) throws InferenceException {
        Map<String, String> settings = PRECISIONS.get(mode);
        if (settings == null) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "unsupported precision mode '" + mode
                    + "' is requested (expected FP32, FP16, BF16 or INT8)");
        }
        return settings;
    }
}
