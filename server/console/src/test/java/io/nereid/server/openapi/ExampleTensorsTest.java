package io.nereid.server.openapi;

import io.nereid.inference.DataType;
import io.nereid.inference.Shape;
import org.junit.jupiter.api.Test;

import static io.nereid.server.openapi.Descriptions.tensor;
import static org.assertj.core.api.Assertions.assertThat;

class ExampleTensorsTest {
    @Test
    void elements_dimensionsOfAnySize_areOne() {
        assertThat(ExampleTensors.elements(Shape.SCALAR)).isEqualTo(1);
        assertThat(ExampleTensors.elements(Shape.of(-1, 3, -1, 4))).isEqualTo(12);
        assertThat(ExampleTensors.elements(Shape.of(3, 0))).isZero();
    }

    @Test
    void elements_moreThanANumberHolds_isTheLargest() {
        assertThat(ExampleTensors.elements(Shape.of(1L << 40, 1L << 40, 2))).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void isShown_upTo1024ElementsOfAllInputs() {
        assertThat(ExampleTensors.of(Descriptions.model(0, tensor("A", DataType.FP32, 1024))).isShown()).isTrue();
        assertThat(ExampleTensors.of(Descriptions.model(0, tensor("A", DataType.FP32, 1025))).isShown()).isFalse();
        assertThat(ExampleTensors.of(Descriptions.model(0, tensor("A", DataType.FP32, 1000),
                tensor("B", DataType.FP32, 25))).isShown()).isFalse();
        assertThat(ExampleTensors.of(Descriptions.model(0, tensor("A", DataType.FP32, 1L << 40, 1L << 40))).isShown())
                .isFalse();
    }
}
