package io.nereid.server.protocol;

import io.nereid.inference.DataType;
import io.nereid.inference.Shape;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class ModelSignatureTest {
    private static final TensorSpec OPTIONAL = input("A", true);
    private static final TensorSpec OTHER_OPTIONAL = input("B", true);
    private static final TensorSpec REQUIRED = input("C", false);
    private static final TensorSpec OTHER_REQUIRED = input("D", false);

    @Test
    void smallestInputs_someOptional_areTheOthers() {
        assertThat(signature(OPTIONAL, REQUIRED, OTHER_REQUIRED).smallestInputs())
                .containsExactly(REQUIRED, OTHER_REQUIRED);
    }

    @Test
    void smallestInputs_allOptional_isTheFirst() {
        assertThat(signature(OPTIONAL, OTHER_OPTIONAL).smallestInputs()).containsExactly(OPTIONAL);
    }

    private static ModelSignature signature(TensorSpec... inputs) {
        return new ModelSignature("m", "identity", 0, List.of(inputs), List.of());
    }

    private static TensorSpec input(String name, boolean optional) {
        return new TensorSpec(name, DataType.FP32, Shape.of(1), optional, List.of());
    }
}
