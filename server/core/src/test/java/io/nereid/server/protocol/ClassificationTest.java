package io.nereid.server.protocol;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ClassificationTest {
    private final TensorMemory memory = new PoisonedMemory(1 << 24, 0);
    private final AtomicInteger released = new AtomicInteger();

    private static Tensor floats(Shape shape, float... values) {
        ByteBuffer data = ByteBuffer.allocateDirect(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        return new Tensor("o", DataType.FP32, shape, MemorySegment.ofBuffer(data));
    }

    private static ModelSignature model(int maxBatchSize, String... labels) {
        TensorSpec output = new TensorSpec("o", DataType.FP32, Shape.of(-1), false, List.of(labels));
        return new ModelSignature("m", "", maxBatchSize, List.of(), List.of(output));
    }

    private InferenceResponse classify(ModelSignature model, Tensor output, int classes) throws InferenceException {
        InferenceResponse response = new InferenceResponse(List.of(output), Map.of(), released::incrementAndGet);
        return Classification.apply(model, List.of(new RequestedOutput("o", false, classes)), response, memory);
    }

    private List<String> classes(ModelSignature model, Tensor output, int classes) throws InferenceException {
        InferenceResponse response = classify(model, output, classes);
        List<String> texts = texts(response.outputs().getFirst());
        response.memory().release();
        assertThat(memory.bytesInUse()).isZero();
        assertThat(released).hasValue(1);
        return texts;
    }

    private static List<String> texts(Tensor tensor) {
        assertThat(tensor.dataType()).isEqualTo(DataType.BYTES);
        ByteBuffer data = ByteBuffer.wrap(tensor.data().toArray(ValueLayout.JAVA_BYTE)).order(ByteOrder.LITTLE_ENDIAN);
        List<String> texts = new ArrayList<>();
        while (data.hasRemaining()) {
            byte[] text = new byte[data.getInt()];
            data.get(text);
            texts.add(new String(text, StandardCharsets.UTF_8));
        }
        assertThat(texts).hasSize((int) tensor.shape().elementCount());
        return texts;
    }

    @Test
    void apply_labels_areAddedWhereThereAreAny() throws InferenceException {
        Tensor output = floats(Shape.of(1, 4), 2.997167f, -1, 2.6255f, 10);
        assertThat(classes(model(16, "Bread", "Dairy", ""), output, 3)).containsExactly("10.000000:3",
                "2.997167:0:Bread", "2.625500:2");
    }

    @Test
    void apply_batchingModel_classifiesEachRow() throws InferenceException {
        InferenceResponse response = classify(model(4), floats(Shape.of(2, 3), 1, 2, 3, 6, 5, 4), 2);
        assertThat(response.outputs().getFirst().shape()).isEqualTo(Shape.of(2, 2));
        assertThat(texts(response.outputs().getFirst())).containsExactly("3.000000:2", "2.000000:1", "6.000000:0",
                "5.000000:1");
        response.memory().release();
    }

    @Test
    void apply_modelWithoutBatching_classifiesAllElementsTogether() throws InferenceException {
        InferenceResponse response = classify(model(0), floats(Shape.of(2, 3), 1, 2, 3, 6, 5, 4), 10);
        assertThat(response.outputs().getFirst().shape()).isEqualTo(Shape.of(6));
        assertThat(texts(response.outputs().getFirst())).first().isEqualTo("6.000000:3");
        response.memory().release();
    }

    @Test
    void apply_nanAndEqualElements_nanIsLastAndSmallerIndexFirst() throws InferenceException {
        assertThat(classes(model(0), floats(Shape.of(6), 1, Float.NaN, 1, Float.POSITIVE_INFINITY, -0f, 0f), 6))
                .containsExactly("inf:3", "1.000000:0", "1.000000:2", "-0.000000:4", "0.000000:5", "nan:1");
    }

    @Test
    void apply_noneAskedFor_isTheSameResponse() throws InferenceException {
        InferenceResponse response = new InferenceResponse(List.of(floats(Shape.of(1), 1)), Map.of(),
                released::incrementAndGet);
        assertThat(Classification.apply(model(0), List.of(new RequestedOutput("o", true, 0)), response, memory))
                .isSameAs(response);
    }

    @Test
    void apply_rowWithoutElements_hasNoClasses() throws InferenceException {
        assertThat(classes(model(4), floats(Shape.of(2, 0)), 3)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"BOOL,1", "FP16,2", "BF16,2", "BYTES,5"})
    void apply_typeWithoutOrder_isInvalidAndNothingIsLeft(DataType type, int bytes) {
        Tensor output = new Tensor("o", type, Shape.of(1), MemorySegment.ofBuffer(ByteBuffer.allocateDirect(bytes)));
        assertThatThrownBy(() -> classify(model(0), output, 1))
                .hasMessage("class result not available for output due to unsupported type '" + type + "'");
        assertThat(released).hasValue(0);
        assertThat(memory.bytesInUse()).isZero();
    }

    @Test
    void apply_rowTooLong_isInvalid() {
        Tensor output = new Tensor("o", DataType.INT8, Shape.of(1_000_001),
                MemorySegment.ofBuffer(ByteBuffer.allocateDirect(1_000_001)));
        assertThatThrownBy(() -> classify(model(0), output, 1))
                .hasMessage(
                        "classification output tensor too large: output 'o' has 1000001 elements in a row (expected at most 1000000)");
    }

    @ParameterizedTest
    @CsvSource({"INT8,-1:1,1:0", "UINT8,255:1,1:0", "INT16,-1:1,1:0", "UINT16,65535:1,1:0", "INT32,-1:1,1:0",
            "UINT32,4294967295:1,1:0", "INT64,-1:1,1:0", "UINT64,18446744073709551615:1,1:0"})
    void apply_integers_arePlainAndInTheOrderOfTheirType(DataType type, String ofAllOnes, String ofOne)
            throws InferenceException {
        ByteBuffer data = ByteBuffer.allocateDirect(2 * type.byteSize());
        data.put(0, (byte) 1);
        for (int i = 0; i < type.byteSize(); i++) {
            data.put(type.byteSize() + i, (byte) -1);
        }
        List<String> expected = type.name().startsWith("U") ? List.of(ofAllOnes, ofOne) : List.of(ofOne, ofAllOnes);
        assertThat(classes(model(0), new Tensor("o", type, Shape.of(2), MemorySegment.ofBuffer(data)), 2))
                .isEqualTo(expected);
    }

    @Test
    void apply_randomRows_equalAFullSort() throws InferenceException {
        Random random = new Random(99);
        for (int round = 0; round < 300; round++) {
            float[] values = new float[1 + random.nextInt(200)];
            for (int i = 0; i < values.length; i++) {
                values[i] = random.nextInt(20) / 4f;
            }
            int wanted = 1 + random.nextInt(values.length);
            List<String> expected = IntStream.range(0, values.length).boxed()
                    .sorted(Comparator.comparingDouble((Integer i) -> -values[i]).thenComparingInt(i -> i))
                    .limit(wanted)
                    .map(i -> String.format(Locale.ROOT, "%.6f:%d", values[i], i)).toList();
            InferenceResponse response = classify(model(0), floats(Shape.of(values.length), values), wanted);
            assertThat(texts(response.outputs().getFirst())).isEqualTo(expected);
            response.memory().release();
        }
    }

    @ParameterizedTest
    @CsvSource({"0.0000005,0.000000", "0.0000015,0.000002", "-0.0000001,-0.000000", "1e15,1000000000000000.000000",
            "0.5000005,0.500000", "2.5,2.500000", "NaN,nan", "Infinity,inf", "-Infinity,-inf",
            "1e22,10000000000000000000000.000000"})
    void sixDecimals_anyValue_asPrintfPrintsIt(double value, String text) {
        assertThat(ClassText.sixDecimals(value)).isEqualTo(text);
    }
}
