package io.nereid.backend.worker;

import io.nereid.backend.RunningModel;
import io.nereid.backend.worker.message.Location;
import io.nereid.backend.worker.message.WireTensor;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import org.junit.jupiter.api.Test;

import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class OutputRulesTest {
    private static OutputRules rules(boolean strict) throws InferenceException {
        return new OutputRules("m", ModelTensors.of(RunningModel.config("m", """
                backend: "python" max_batch_size: 8
                output { name: "OUT" data_type: TYPE_FP32 dims: [ -1, 2 ] }
                """)), strict);
    }

    private static void check(OutputRules rules, DataType type, int rows, long... shape) throws InferenceException {
        Shape outside = Shape.of(shape);
        long length = outside.elementCount() * type.byteSize();
        rules.check(new WireTensor("OUT", type, outside, new Location.Shared(0, length)),
                Objects.requireNonNull(rules.tensors().output("OUT")), rows);
    }

    @Test
    void check_asConfigured_passes() throws Exception {
        OutputRules rules = rules(true);

        check(rules, DataType.FP32, 4, 4, 9, 2);
        check(rules, DataType.FP32, 4, 4, 0, 2);
    }

    @Test
    void check_contradiction_passesWhereItMay() throws Exception {
        OutputRules rules = rules(false);

        check(rules, DataType.FP32, 4, 1, 1, 2);
        check(rules, DataType.FP32, 4, 1, 1, 2);
        check(rules, DataType.INT64, 4, 4, 1, 2);
    }

    @Test
    void check_contradictionThatMustNotBe_namesBothSides() throws Exception {
        OutputRules rules = rules(true);

        InferenceException shape = catchThrowableOfType(InferenceException.class,
                () -> check(rules, DataType.FP32, 4, 1, 1, 2));
        InferenceException type = catchThrowableOfType(InferenceException.class,
                () -> check(rules, DataType.INT64, 4, 4, 1, 2));

        assertThat(shape.code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(shape.text()).contains("model 'm'", "output 'OUT'", "FP32 [1,1,2]", "FP32 [4,-1,2]");
        assertThat(type.text()).contains("INT64 [4,1,2]", "FP32 [4,-1,2]");
        assertThatCode(() -> check(rules, DataType.FP32, 1, 1, 1, 2)).doesNotThrowAnyException();
    }

    @Test
    void check_fewerBytesThanItsShapeSays_isAnErrorAlways() throws Exception {
        OutputRules rules = rules(false);
        WireTensor output = new WireTensor("OUT", DataType.FP32, Shape.of(1, 1, 2), new Location.Shared(0, 4));

        InferenceException e = catchThrowableOfType(InferenceException.class,
                () -> rules.check(output, Objects.requireNonNull(rules.tensors().output("OUT")), 1));

        assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(e.text()).contains("4 bytes for FP32 of shape [1,1,2]");
    }
}
