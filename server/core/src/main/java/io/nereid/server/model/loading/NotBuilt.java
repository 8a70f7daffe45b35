package io.nereid.server.model.loading;

import java.util.Map;

/** What Triton has and this server has not: the sentence for each, with a way round where there is one. Stateless. */
final class NotBuilt {
    private static final String YET = " are not built into this server yet";
    private static final String CONVERT = ", which this server does not run; export the model to ONNX and write"
            + " backend: \"onnxruntime\"";

    private static final Map<String, String> BACKENDS = Map.of("tensorflow",
            "that is a TensorFlow model" + CONVERT + " (tf2onnx does it)", "pytorch",
            "that is a PyTorch model" + CONVERT + " (torch.onnx.export does it)", "tensorrt",
            "that is a TensorRT plan" + CONVERT + "; on a GPU it can use TensorRT by optimization {"
                    + " execution_accelerators { gpu_execution_accelerator { name: \"tensorrt\" } } }",
            "openvino", "that is an OpenVINO model" + CONVERT, "dali",
            "DALI pipelines" + YET + "; prepare the inputs in the client or in the ONNX model", "fil",
            "that is a model of trees" + CONVERT, "vllm", "language models of vLLM" + YET, "tensorrtllm",
            "language models of TensorRT-LLM" + YET);

    private NotBuilt() {}

    /** What a backend is that the server does not have, as a clause. */
    static String ofBackend(String name) {
        return BACKENDS.getOrDefault(name, "no such backend is known");
    }
}
