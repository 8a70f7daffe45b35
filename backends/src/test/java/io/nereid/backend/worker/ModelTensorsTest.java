package io.nereid.backend.worker;

import io.nereid.backend.RunningModel;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import org.junit.jupiter.api.Test;

import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;

class ModelTensorsTest {
    private static final String RESHAPED = """
            input { name: "IN" data_type: TYPE_FP32 dims: [ 2, 3 ] reshape { shape: [ 6 ] } }
            input { name: "ONE" data_type: TYPE_INT32 dims: [ 1 ] reshape { shape: [ ] } }
            output { name: "OUT" data_type: TYPE_STRING dims: [ 2, 3 ] reshape { shape: [ 6, 1 ] } }
            """;

    private static ModelTensors tensors(String config) throws InferenceException {
        return ModelTensors.of(RunningModel.config("m", "backend: \"python\"\n" + config));
    }

    private static ModelTensors.ModelTensor output(ModelTensors tensors, String name) {
        return Objects.requireNonNull(tensors.output(name));
    }

    @Test
    void inModel_batching_reshapesBehindTheBatchDimension() throws Exception {
        ModelTensors tensors = tensors("max_batch_size: 8\n" + RESHAPED);

        assertThat(tensors.inModel("IN", Shape.of(4, 2, 3))).isEqualTo(Shape.of(4, 6));
        assertThat(tensors.inModel("ONE", Shape.of(4, 1))).isEqualTo(Shape.of(4));
    }

    @Test
    void inModel_noBatching_reshapesTheWhole() throws Exception {
        ModelTensors tensors = tensors(RESHAPED);

        assertThat(tensors.inModel("IN", Shape.of(2, 3))).isEqualTo(Shape.of(6));
        assertThat(tensors.inModel("ONE", Shape.of(1))).isEqualTo(Shape.SCALAR);
    }

    @Test
    void inModel_unknownInput_staysAsItIs() throws Exception {
        assertThat(tensors(RESHAPED).inModel("OTHER", Shape.of(5))).isEqualTo(Shape.of(5));
    }

    @Test
    void output_configured_hasTheClientsShapeAndTheWayToIt() throws Exception {
        ModelTensors.ModelTensor output = output(tensors("max_batch_size: 8\n" + RESHAPED), "OUT");

        assertThat(output.dataType()).isEqualTo(DataType.BYTES);
        assertThat(output.shape()).isEqualTo(Shape.of(Shape.ANY, 2, 3));
        assertThat(output.batching()).isTrue();
        assertThat(output.fromModel().applyWhereFits(Shape.of(4, 6, 1))).isEqualTo(Shape.of(4, 2, 3));
        assertThat(output.fromModel().applyWhereFits(Shape.of(4, 7))).isEqualTo(Shape.of(4, 7));
    }

    @Test
    void output_unknown_isNone() throws Exception {
        ModelTensors tensors = tensors(RESHAPED);

        assertThat(tensors.output("IN")).isNull();
        assertThat(tensors.outputs()).containsExactly(output(tensors, "OUT"));
    }
}
