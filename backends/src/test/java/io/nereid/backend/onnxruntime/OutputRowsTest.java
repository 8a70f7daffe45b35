package io.nereid.backend.onnxruntime;

import io.nereid.backend.Reshape;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Rows and elements of an output, as the clients get them. */
final class OutputRowsTest {
    private static final ModelTensor FLOATS = tensor(DataType.FP32, Reshape.NONE);
    private static final ModelTensor STRINGS = tensor(DataType.BYTES, Reshape.NONE);

    private static ModelTensor tensor(DataType type, Reshape reshape) {
        return new ModelTensor("y", type, reshape, false, false);
    }

    private static MemorySegment floats(float... values) {
        return Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, values);
    }

    /** Elements as the protocol has them, and the place at which each begins. */
    private record Encoded(MemorySegment data, MemorySegment starts) {
        static Encoded of(List<String> strings) {
            List<Long> starts = new ArrayList<>();
            long size = strings.stream().mapToLong(text -> text.length() + 4L).sum();
            MemorySegment data = Arena.ofAuto().allocate(Math.max(1, size)).asSlice(0, size);
            long at = 0;
            for (String text : strings) {
                starts.add(at);
                data.set(ValueLayout.JAVA_INT_UNALIGNED, at, text.length());
                MemorySegment.copy(text.getBytes(StandardCharsets.US_ASCII), 0, data, ValueLayout.JAVA_BYTE, at + 4,
                        text.length());
                at += text.length() + 4;
            }
            return new Encoded(data, Arena.ofAuto().allocateFrom(ValueLayout.JAVA_LONG,
                    starts.stream().mapToLong(Long::longValue).toArray()));
        }

        static List<String> read(MemorySegment data) {
            List<String> strings = new ArrayList<>();
            for (long at = 0; at < data.byteSize();) {
                int length = data.get(ValueLayout.JAVA_INT_UNALIGNED, at);
                strings.add(new String(data.asSlice(at + 4, length).toArray(ValueLayout.JAVA_BYTE),
                        StandardCharsets.US_ASCII));
                at += length + 4;
            }
            return strings;
        }
    }

    @Test
    void rows_floats_areThoseRowsInPlace() {
        MemorySegment data = floats(1, 2, 3, 4, 5, 6);
        OutputRows rows = OutputRows.of(FLOATS, Shape.of(3, 2), data);
        Tensor middle = rows.rows(1, 1);
        assertThat(middle.shape()).isEqualTo(Shape.of(1, 2));
        assertThat(middle.data()).isEqualTo(data.asSlice(8, 8));
        assertThat(rows.rows(0, 3).data()).isEqualTo(data);
        assertThat(rows.rows(3, 0).byteSize()).isZero();
        assertThat(rows.all().shape()).isEqualTo(Shape.of(3, 2));
    }

    @Test
    void rows_ofNoRows_areEmpty() {
        Tensor none = OutputRows.of(FLOATS, Shape.of(0, 2), MemorySegment.NULL).rows(0, 0);
        assertThat(none.shape()).isEqualTo(Shape.of(0, 2));
        assertThat(none.byteSize()).isZero();
    }

    @Test
    void rows_strings_areWholeElements() {
        Random random = new Random(20261129);
        for (int round = 0; round < 200; round++) {
            int count = random.nextInt(5);
            int width = random.nextInt(4);
            List<String> strings = new ArrayList<>();
            for (int i = 0; i < count * width; i++) {
                strings.add("s".repeat(random.nextInt(4)) + i);
            }
            Encoded encoded = Encoded.of(strings);
            OutputRows rows = OutputRows.ofStrings(STRINGS, Shape.of(count, width), encoded.data(), encoded.starts());
            for (int first = 0; first <= count; first++) {
                int size = random.nextInt(count - first + 1);
                assertThat(Encoded.read(rows.rows(first, size).data())).as("%d rows from %d", size, first)
                        .isEqualTo(strings.subList(first * width, (first + size) * width));
            }
        }
    }

    @Test
    void elements_scatteredFloatsAndStrings_areThatManyFromThere() {
        OutputRows numbers = OutputRows.of(FLOATS, Shape.of(6), floats(1, 2, 3, 4, 5, 6));
        Tensor part = numbers.elements(1, Shape.of(1, 2, 2));
        assertThat(part.shape()).isEqualTo(Shape.of(1, 2, 2));
        assertThat(part.data().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(2, 3, 4, 5);
        Encoded encoded = Encoded.of(List.of("a", "", "ccc", "dd"));
        OutputRows texts = OutputRows.ofScatteredStrings(STRINGS, Shape.of(4), encoded.data(), encoded.starts());
        assertThat(Encoded.read(texts.elements(1, Shape.of(1, 3)).data())).containsExactly("", "ccc", "dd");
        assertThat(Encoded.read(texts.elements(4, Shape.of(1, 0)).data())).isEmpty();
    }

    @Test
    void all_reshapedOutput_isAsTheClientSeesIt() {
        ModelTensor reshaped = tensor(DataType.FP32, Reshape.of(List.of(), List.of(1L), true));
        OutputRows rows = OutputRows.of(reshaped, Shape.of(2), floats(1, 2));
        assertThat(rows.all().shape()).isEqualTo(Shape.of(2, 1));
        assertThat(rows.rows(1, 1).shape()).isEqualTo(Shape.of(1, 1));
    }

    @Test
    void requireRows_modelThatGaveOthers_saysBoth() throws Exception {
        OutputRows rows = OutputRows.of(FLOATS, Shape.of(3, 2), floats(1, 2, 3, 4, 5, 6));
        rows.requireRows(3);
        assertThatThrownBy(() -> rows.requireRows(2)).isInstanceOfSatisfying(InferenceException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL);
            assertThat(e.text()).contains("'y'", "[3,2]", "a batch of 2");
        });
        assertThatThrownBy(() -> OutputRows.of(FLOATS, Shape.SCALAR, floats(1)).requireRows(1))
                .hasMessageContaining("a batch of 1");
    }

    @Test
    void requireElements_modelThatGaveOthers_saysBoth() throws Exception {
        OutputRows rows = OutputRows.of(FLOATS, Shape.of(3, 2), floats(1, 2, 3, 4, 5, 6));
        rows.requireElements(6);
        assertThatThrownBy(() -> rows.requireElements(5)).hasMessageContaining("6 elements")
                .hasMessageContaining("ask for, 5)");
        assertThatThrownBy(() -> rows.requireElements(Long.MAX_VALUE)).hasMessageContaining("past counting");
    }
}
