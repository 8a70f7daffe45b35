package io.nereid.backend.onnxruntime;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.modelrepo.config.BatchInputConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** The table of docs/batching.md, and what does not fit. */
final class BatchInputValuesTest {
    private static final List<Shape> SHAPES = List.of(Shape.of(1, 3), Shape.of(2, 2));

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ELEMENT_COUNT                       | [2]   | [3, 4]
            ACCUMULATED_ELEMENT_COUNT           | [2]   | [3, 7]
            ACCUMULATED_ELEMENT_COUNT_WITH_ZERO | [3]   | [0, 3, 7]
            MAX_ELEMENT_COUNT_AS_SHAPE          | [4]   | [0, 0, 0, 0]
            ITEM_SHAPE                          | [3,1] | [3, 2, 2]
            ITEM_SHAPE_FLATTEN                  | [3]   | [3, 2, 2]
            """)
    void write_everyKind_isAsTheTableHasIt(BatchInputConfig.Kind kind, String shape, String values) throws Exception {
        BatchInputValues made = BatchInputValues.of(kind, SHAPES, true);
        int[] ints = new int[(int) made.byteSize(DataType.INT32) / Integer.BYTES];
        float[] floats = new float[(int) made.byteSize(DataType.FP32) / Float.BYTES];
        Arrays.fill(ints, -1);
        Arrays.fill(floats, -1);

        made.write(DataType.INT32, MemorySegment.ofArray(ints));
        made.write(DataType.FP32, MemorySegment.ofArray(floats));

        assertThat(made.shape()).hasToString(shape);
        assertThat(Arrays.toString(ints)).isEqualTo(values);
        assertThat(Arrays.toString(floats).replace(".0", "")).isEqualTo(values);
    }

    @Test
    void write_moreThanAnInt32_fails() {
        BatchInputValues made = BatchInputValues.of(BatchInputConfig.Kind.ACCUMULATED_ELEMENT_COUNT,
                List.of(Shape.of(1, 1L << 30), Shape.of(1, 1L << 30)), true);

        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> made.write(DataType.INT32, MemorySegment.ofArray(new int[2])))
                .withMessageContaining("2147483648");
    }

    @Test
    void of_rowsNoneAtAll_areNoItems() {
        assertThat(BatchInputValues.of(BatchInputConfig.Kind.ITEM_SHAPE, List.of(Shape.of(0, 2, 3)), true).shape())
                .isEqualTo(Shape.of(0, 2));
    }
}
