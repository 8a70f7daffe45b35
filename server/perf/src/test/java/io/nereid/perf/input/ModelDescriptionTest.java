package io.nereid.perf.input;

import io.nereid.perf.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ModelDescriptionTest {
    private static ModelDescription parse(String metadata, String config) throws IOException, InputException {
        return ModelDescription.of(json(metadata), Optional.of(json(config)));
    }

    private static JsonObject json(String text) throws IOException {
        return JsonObject.parse(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void answersOfNereid_areRead() throws IOException, InputException {
        ModelDescription model = Recorded.model("nereid-food_classifier_onnx");
        assertThat(model.name()).isEqualTo("food_classifier_onnx");
        assertThat(model.platform()).isEqualTo("onnxruntime_onnx");
        assertThat(model.maxBatchSize()).isPositive();
        assertThat(model.inputs()).containsExactly(
                new ModelTensor("input", Datatype.FP32, List.of(3L, 224L, 224L), false, false));
        assertThat(model.outputs())
                .containsExactly(new ModelTensor("output", Datatype.FP32, List.of(11L), false, false));
        assertThat(model.decoupled()).isFalse();
        assertThat(model.sequences()).isFalse();
    }

    @Test
    void answersOfTriton_areRead() throws IOException, InputException {
        ModelDescription model = Recorded.model("triton-identity");
        assertThat(model.maxBatchSize()).isEqualTo(8);
        assertThat(model.inputs()).containsExactly(
                new ModelTensor("INPUT0", Datatype.FP32, List.of(ModelTensor.ANY), false, false));
        assertThat(Recorded.model("triton-pair").platform()).isEqualTo("ensemble");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nereid-food_classifier", "nereid-food_classifier_onnx", "triton-identity", "triton-pair"})
    void answersOverGrpc_sayTheSame(String name) throws IOException, InputException {
        assertThat(Recorded.modelOverGrpc(name)).isEqualTo(Recorded.model(name));
    }

    @Test
    void whatTheConfigurationSaysOfInputs_isKept() throws IOException, InputException {
        ModelDescription model = parse("""
                {"name": "m", "inputs": [{"name": "A", "datatype": "INT64", "shape": [-1, 2]},
                 {"name": "S", "datatype": "INT32", "shape": [2]}]}""", """
                {"max_batch_size": 4, "sequence_batching": {}, "model_transaction_policy": {"decoupled": true},
                 "input": [{"name": "S", "is_shape_tensor": true}, {"name": "A", "optional": true}]}""");
        assertThat(model.inputs()).containsExactly(new ModelTensor("A", Datatype.INT64, List.of(2L), true, false),
                new ModelTensor("S", Datatype.INT32, List.of(2L), false, true));
        assertThat(model.decoupled()).isTrue();
        assertThat(model.sequences()).isTrue();
    }

    @Test
    void withoutAConfiguration_tensorsThatAllBeginWithAnyDimension_areBatches() throws IOException, InputException {
        String any = "{\"inputs\": [{\"name\": \"A\", \"datatype\": \"FP32\", \"shape\": [-1, 2]}]}";
        String fixed = any.replace("-1", "1");
        assertThat(ModelDescription.of(json(any), Optional.empty()).maxBatchSize())
                .isEqualTo(Integer.MAX_VALUE);
        assertThat(ModelDescription.of(json(fixed), Optional.empty()).maxBatchSize())
                .isZero();
    }

    @Test
    void anUnknownType_isRefused() {
        assertThatThrownBy(
                () -> parse("{\"inputs\": [{\"name\": \"A\", \"datatype\": \"FP8\", \"shape\": [1]}]}", "{}"))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("datatype of A: got FP8 (expected one of BOOL,");
    }
}
