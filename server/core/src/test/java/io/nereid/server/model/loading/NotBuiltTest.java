package io.nereid.server.model.loading;

import io.nereid.backend.device.NativeHeap;
import io.nereid.backend.workermemory.FileWorkerMemory;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorMemory;
import io.nereid.server.inference.ServerModelServices;
import io.nereid.server.model.config.BackendConfig;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/** What Triton has and this server has not says what it is. */
class NotBuiltTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            tensorflow   | that is a TensorFlow model, which this server does not run; export the model to ONNX
            pytorch      | that is a PyTorch model, which this server does not run; export the model to ONNX
            tensorrt     | that is a TensorRT plan, which this server does not run; export the model to ONNX
            openvino     | that is an OpenVINO model, which this server does not run; export the model to ONNX
            dali         | DALI pipelines are not built into this server yet
            fil          | that is a model of trees, which this server does not run; export the model to ONNX
            vllm         | language models of vLLM are not built into this server yet
            tensorrtllm  | language models of TensorRT-LLM are not built into this server yet
            unheard_of   | no such backend is known; this server has onnxruntime, identity, repeat, square, image, classify, tokenizer, pooling, python
            onnxruntim   | no such backend is known (did you mean 'onnxruntime'?); this server has
            """)
    void named_backendThatIsNotThere_saysWhatItIs(String backend, String what) throws Exception {
        try (TensorMemory memory = new TensorMemory(1 << 20, 0);
                Backends backends = new Backends(memory, new FileWorkerMemory(1 << 20, 0, Path.of("unused"), ""),
                        new ServerModelServices(),
                        NativeHeap.ofThisProcess(),
                        BackendConfig.NONE)) {
            InferenceException e = catchThrowableOfType(InferenceException.class, () -> backends.named(backend));
            assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG);
            assertThat(e.text()).startsWith("unable to find backend library for backend '" + backend + "': " + what);
        }
    }
}
