package io.nereid.modelrepo.config;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class BackendAutofillTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''                              | model.onnx  | onnxruntime | onnxruntime_onnx       | model.onnx
            ''                              | model.plan  | tensorrt    | tensorrt_plan          | model.plan
            ''                              | model.xml   | openvino    | ''                     | model.xml
            ''                              | model.pt    | pytorch     | pytorch_libtorch       | model.pt
            ''                              | model.pt2   | pytorch     | torch_aoti             | model.pt2
            ''                              | model.py    | python      | ''                     | model.py
            ''                              | model.savedmodel | tensorflow | tensorflow_savedmodel | model.savedmodel
            platform: 'onnxruntime_onnx'    | ''          | onnxruntime | onnxruntime_onnx       | model.onnx
            platform: 'tensorflow_graphdef' | ''          | tensorflow  | tensorflow_graphdef    | model.graphdef
            default_model_filename: 'model.onnx' | ''     | onnxruntime | onnxruntime_onnx       | model.onnx
            backend: 'onnxruntime'          | ''          | onnxruntime | onnxruntime_onnx       | model.onnx
            backend: 'onnxruntime' default_model_filename: 'x' | '' | onnxruntime | onnxruntime_onnx | x
            backend: 'pytorch'              | ''          | pytorch     | pytorch_libtorch       | model.pt
            backend: 'pytorch'              | model.pt2   | pytorch     | torch_aoti             | model.pt2
            backend: 'python'               | ''          | python      | ''                     | model.py
            backend: 'identity'             | model.onnx  | identity    | ''                     | ''
            """)
    void fill_whatIsKnown_givesTheRest(String text, String file, String backend, String platform, String filename) {
        ModelConfig config = ModelConfigParser.parse("m", "config.pbtxt", text, file::equals);
        assertThat(config.backend()).isEqualTo(backend);
        assertThat(config.platform()).isEqualTo(platform);
        assertThat(config.defaultModelFilename()).isEqualTo(filename);
    }

    @Test
    void fill_severalFiles_takesTritonsOrder() {
        ModelConfig config = ModelConfigParser.parse("m", "config.pbtxt", "",
                name -> name.equals("model.py") || name.equals("model.onnx"));
        assertThat(config.backend()).isEqualTo("onnxruntime");
    }

    @Test
    void fill_platformNobodyKnows_isReported() {
        assertThat(TestConfigs.problems("platform: 'caffe2_netdef'")).containsExactly(
                "1:11 must specify 'backend' for m: no backend is known for platform 'caffe2_netdef'");
    }

    @Test
    void fill_onlyAFileNameNobodyKnows_isReported() {
        assertThat(TestConfigs.problems("default_model_filename: 'model.bin'"))
                .containsExactly("0:0 must specify 'platform' or 'backend' for m");
    }
}
