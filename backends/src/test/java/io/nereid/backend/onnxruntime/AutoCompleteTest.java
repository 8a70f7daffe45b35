package io.nereid.backend.onnxruntime;

import io.nereid.backend.ModelVersion;
import io.nereid.inference.DataType;
import io.nereid.modelrepo.config.DynamicBatchingConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelInput;
import io.nereid.modelrepo.config.ModelOutput;
import io.nereid.modelrepo.config.SchedulingConfig.DefaultScheduling;
import io.nereid.modelrepo.config.SequenceBatchingConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

final class AutoCompleteTest extends OnnxRuntimeTest {
    private static final OnnxModel BATCHING = identity(DataType.FP32, "batch", 3L, "width");
    private static final OnnxModel FIXED = identity(DataType.FP32, 2L, 3L);

    @Test
    void complete_modelCanBatch_fillsInTensorsBatchSizeAndDynamicBatching() throws Exception {
        ModelConfig config = complete(BATCHING, "");

        assertThat(config.maxBatchSize()).isEqualTo(4);
        assertThat(config.scheduling()).isInstanceOfSatisfying(DynamicBatchingConfig.class,
                batching -> assertThat(batching.preferredBatchSizes()).containsExactly(4));
        assertThat(config.inputs()).containsExactly(
                ModelInput.of("x", io.nereid.modelrepo.config.DataType.FP32, List.of(3L, -1L)));
        assertThat(config.outputs()).containsExactly(
                ModelOutput.of("y", io.nereid.modelrepo.config.DataType.FP32, List.of(3L, -1L)));
    }

    @Test
    void complete_modelCannotBatch_takesWholeShapesAndNoScheduler() throws Exception {
        ModelConfig config = complete(FIXED, "");

        assertThat(config.maxBatchSize()).isZero();
        assertThat(config.scheduling()).isInstanceOf(DefaultScheduling.class);
        assertThat(config.inputs().getFirst().dims()).containsExactly(2L, 3L);
        assertThat(config.outputs().getFirst().dims()).containsExactly(2L, 3L);
    }

    @Test
    void complete_oneOutputOfFixedFirstDimension_doesNotBatch() throws Exception {
        OnnxModel model = identity(DataType.FP32, "batch", 3L).constant("c", DataType.INT64, new byte[8], 1)
                .node("Identity", "c", "z").output("z", DataType.INT64, 1L);

        ModelConfig config = complete(model, "");

        assertThat(config.maxBatchSize()).isZero();
        assertThat(config.inputs().getFirst().dims()).containsExactly(-1L, 3L);
    }

    @ParameterizedTest
    @CsvSource({"0, 0, false", "1, 1, false", "2, 2, true", "16, 16, true"})
    void complete_defaultMaxBatchSizeConfigured_isUsed(String setting, int maxBatchSize, boolean dynamic)
            throws Exception {
        backend = newBackend(Map.of("default-max-batch-size", setting));

        ModelConfig config = complete(BATCHING, "");

        assertThat(config.maxBatchSize()).isEqualTo(maxBatchSize);
        assertThat(config.scheduling() instanceof DynamicBatchingConfig).isEqualTo(dynamic);
        assertThat(config.inputs().getFirst().dims()).hasSize(maxBatchSize == 0 ? 3 : 2);
    }

    @ParameterizedTest
    @CsvSource({"1, false", "8, true"})
    void complete_maxBatchSizeConfigured_keepsIt(int maxBatchSize, boolean dynamic) throws Exception {
        ModelConfig config = complete(BATCHING, "max_batch_size: " + maxBatchSize);

        assertThat(config.maxBatchSize()).isEqualTo(maxBatchSize);
        assertThat(config.scheduling() instanceof DynamicBatchingConfig).isEqualTo(dynamic);
    }

    @Test
    void complete_maxBatchSizeOfModelThatCannotBatch_fails() {
        assertThatExceptionOfType(io.nereid.inference.InferenceException.class)
                .isThrownBy(() -> complete(FIXED, "max_batch_size: 8"))
                .withMessage("autofill failed for model 'm': model does not support batching while non-zero"
                        + " max_batch_size is specified");
    }

    @Test
    void complete_schedulerConfigured_keepsIt() throws Exception {
        ModelConfig config = complete(BATCHING, "sequence_batching { }");

        assertThat(config.maxBatchSize()).isEqualTo(4);
        assertThat(config.scheduling()).isInstanceOf(SequenceBatchingConfig.class);
    }

    @Test
    void complete_scalarsOfBatchingModel_areReshapedFromOneElement() throws Exception {
        ModelConfig config = complete(identity(DataType.FP32, "batch"), "");

        assertThat(config.inputs().getFirst().dims()).containsExactly(1L);
        assertThat(config.inputs().getFirst().reshape()).contains(List.of());
        assertThat(config.outputs().getFirst().dims()).containsExactly(1L);
        assertThat(config.outputs().getFirst().reshape()).contains(List.of());
    }

    @Test
    void complete_scalarsWithoutBatch_areOneElement() throws Exception {
        ModelConfig config = complete(identity(DataType.FP32), "");

        assertThat(config.maxBatchSize()).isZero();
        assertThat(config.inputs().getFirst().dims()).containsExactly(1L);
        assertThat(config.inputs().getFirst().reshape()).isEmpty();
    }

    @Test
    void complete_inputsConfigured_keepsThemAndFillsInOutputs() throws Exception {
        ModelConfig config = complete(BATCHING,
                "max_batch_size: 2 input { name: \"x\" data_type: TYPE_FP32 dims: [3, 5] }");

        assertThat(config.inputs().getFirst().dims()).containsExactly(3L, 5L);
        assertThat(config.outputs().getFirst().dims()).containsExactly(3L, -1L);
    }

    @Test
    void complete_everythingConfigured_doesNotLookAtTheModel() throws Exception {
        ModelConfig config = config("""
                input { name: "x" data_type: TYPE_FP32 dims: 3 }
                output { name: "y" data_type: TYPE_FP32 dims: 3 }""");

        ModelConfig complete = backend.complete(new ModelVersion("m", 1, directory, directory.resolve("nowhere")),
                config);

        assertThat(complete).isSameAs(config);
    }

    @ParameterizedTest
    @EnumSource
    void complete_anyType_hasItsNameInConfigurations(DataType type) throws Exception {
        ModelConfig config = complete(identity(type, 1L), "");

        String name = type == DataType.BYTES ? "TYPE_STRING" : "TYPE_" + type;
        assertThat(config.inputs().getFirst().dataType().configName()).isEqualTo(name);
        assertThat(config.outputs().getFirst().dataType().configName()).isEqualTo(name);
    }

    @Test
    void complete_outputThatIsASequence_saysWhatItIs() {
        OnnxModel model = identity(DataType.FP32, 4L).node("SequenceConstruct", "x", "s").sequenceOutput("s",
                DataType.FP32);

        assertThatExceptionOfType(io.nereid.inference.InferenceException.class).isThrownBy(() -> complete(model, ""))
                .withMessage(
                        "autofill failed for model 'm': output 's' is a sequence of FLOAT tensors (expected a tensor):"
                                + " export the model with a tensor in its place, or list only the model's other outputs in"
                                + " config.pbtxt");
    }

    @Test
    void complete_zipMap_saysHowToDoWithoutIt() {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "n", 2L).output("y", DataType.FP32, "n", 2L)
                .node("Identity", "x", "y").zipMap("y", "probabilities");

        assertThatExceptionOfType(io.nereid.inference.InferenceException.class).isThrownBy(() -> complete(model, ""))
                .withMessage("autofill failed for model 'm': output 'probabilities' is a sequence of maps from INT64 to"
                        + " FLOAT (expected a tensor): export the model without its ZipMap, with skl2onnx by"
                        + " options={'zipmap': False}, or list only the model's other outputs in config.pbtxt");
    }

    @Test
    void complete_anyNumberOfDimensions_isOneOfAnySize() throws Exception {
        ModelConfig config = complete(new OnnxModel().inputOfAnyRank("x", DataType.FP32)
                .outputOfAnyRank("y", DataType.FP32).node("Neg", "x", "y"), "");

        assertThat(config.maxBatchSize()).isZero();
        assertThat(config.inputs().getFirst().dims()).containsExactly(-1L);
        assertThat(config.inputs().getFirst().reshape()).isEmpty();
        assertThat(config.outputs().getFirst().dims()).containsExactly(-1L);
        assertThat(config.outputs().getFirst().reshape()).isEmpty();
    }

    @Test
    void complete_dimensionThatIsAlwaysEmpty_isOfAnySize() throws Exception {
        ModelConfig config = complete(identity(DataType.FP32, 0L, 3L), "");

        assertThat(config.inputs().getFirst().dims()).containsExactly(-1L, 3L);
        assertThat(config.outputs().getFirst().dims()).containsExactly(-1L, 3L);
    }

    @Test
    void complete_modelWithoutInputs_hasNoneAndDoesNotBatch() throws Exception {
        OnnxModel model = new OnnxModel().constant("c", DataType.FP32, new byte[8], 2)
                .output("y", DataType.FP32, "n").node("Identity", "c", "y");

        ModelConfig config = complete(model, "");

        assertThat(config.inputs()).isEmpty();
        assertThat(config.maxBatchSize()).isZero();
        assertThat(config.outputs()).hasSize(1);
    }

    private static OnnxModel identity(DataType type, Object... shape) {
        return new OnnxModel().input("x", type, shape).output("y", type, shape).node("Identity", "x", "y");
    }
}
