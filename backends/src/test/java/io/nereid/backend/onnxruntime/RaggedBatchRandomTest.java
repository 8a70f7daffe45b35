package io.nereid.backend.onnxruntime;

import io.nereid.backend.Requests;
import io.nereid.backend.RunningModel;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Random batches of numbers and strings of any shapes, also without rows or elements. Each client must get what it
 * would get if its request were alone, and every row what a plain count makes of the batch.
 */
final class RaggedBatchRandomTest extends OnnxRuntimeTest {
    private static final int BATCHES = 100;
    private static final String CONFIG = """
            max_batch_size: 64
            input { name: "n" data_type: TYPE_FP32 dims: [ -1, -1 ] allow_ragged_batch: true }
            input { name: "s" data_type: TYPE_STRING dims: -1 allow_ragged_batch: true }
            output { name: "n_out" data_type: TYPE_FP32 dims: [ -1, -1 ] }
            output { name: "s_out" data_type: TYPE_STRING dims: -1 }
            output { name: "items" data_type: TYPE_INT32 dims: 2 }
            output { name: "counts" data_type: TYPE_INT32 dims: -1 }
            output { name: "ends" data_type: TYPE_INT32 dims: -1 }
            output { name: "starts" data_type: TYPE_INT32 dims: -1 }
            output { name: "most" data_type: TYPE_INT32 dims: -1 }
            output { name: "flat" data_type: TYPE_INT32 dims: -1 }
            batch_output { target_name: "n_out" source_input: "n" }
            batch_output { target_name: "s_out" source_input: "s" }
            batch_input [
              { kind: BATCH_ITEM_SHAPE target_name: "t_items" data_type: TYPE_INT32 source_input: "n" },
              { kind: BATCH_ELEMENT_COUNT target_name: "t_counts" data_type: TYPE_INT32 source_input: "n" },
              { kind: BATCH_ACCUMULATED_ELEMENT_COUNT target_name: "t_ends" data_type: TYPE_INT32 source_input: "s" },
              { kind: BATCH_ACCUMULATED_ELEMENT_COUNT_WITH_ZERO target_name: "t_starts" data_type: TYPE_INT32
                source_input: "n" },
              { kind: BATCH_MAX_ELEMENT_COUNT_AS_SHAPE target_name: "t_most" data_type: TYPE_INT32 source_input: "s" },
              { kind: BATCH_ITEM_SHAPE_FLATTEN target_name: "t_flat" data_type: TYPE_INT32 source_input: "n" }
            ]""";

    private static final class Sent {
        private final Shape numbers;
        private final byte[] floats;
        private final Shape texts;
        private final byte[] strings;
        private final List<String> wanted;

        Sent(Shape numbers, byte[] floats, Shape texts, byte[] strings, List<String> wanted) {
            this.numbers = numbers;
            this.floats = floats;
            this.texts = texts;
            this.strings = strings;
            this.wanted = wanted;
        }

        int rows() {
            return (int) numbers.dim(0);
        }

        InferenceRequest request(RaggedBatchRandomTest test) throws InferenceException {
            return Requests.in(test.memory).input("n", DataType.FP32, numbers, floats)
                    .input("s", DataType.BYTES, texts, strings).rows(rows()).wanting(wanted.toArray(String[]::new))
                    .build();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void execute_anyBatch_isAsEachRequestAloneAndAPlainCount(long seed) throws Exception {
        Random random = new Random(seed);
        try (RunningModel running = start(model(), CONFIG)) {
            for (int batch = 0; batch < BATCHES; batch++) {
                List<Sent> sent = new ArrayList<>();
                List<InferenceRequest> requests = new ArrayList<>();
                for (int i = random.nextInt(6); i >= 0; i--) {
                    sent.add(sent(random));
                    requests.add(sent.getLast().request(this));
                }
                List<InferenceResponse> responses = running.runAll(requests.toArray(InferenceRequest[]::new));
                for (int i = 0; i < sent.size(); i++) {
                    assertAnswer(responses.get(i), sent.get(i), sent);
                }
                Collections.shuffle(responses, random);
                responses.forEach(response -> response.memory().release());
                assertThat(memory.bytesInUse()).isZero();
            }
        }
    }

    private static Sent sent(Random random) {
        int rows = random.nextInt(5);
        Shape numbers = Shape.of(rows, random.nextInt(4), random.nextInt(40) == 0 ? 5_000 : random.nextInt(5));
        float[] floats = new float[(int) numbers.elementCount()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = random.nextFloat();
        }
        Shape texts = Shape.of(rows, random.nextInt(7));
        String[] strings = new String[(int) texts.elementCount()];
        for (int i = 0; i < strings.length; i++) {
            strings[i] = "\0text".substring(random.nextInt(6)).repeat(random.nextInt(3));
        }
        List<String> outputs = new ArrayList<>(
                List.of("n_out", "s_out", "items", "counts", "ends", "starts", "most", "flat"));
        Collections.shuffle(outputs, random);
        return new Sent(numbers, Requests.bytes(floats), texts, Requests.strings(strings),
                outputs.subList(0, random.nextInt(9)));
    }

    private static void assertAnswer(InferenceResponse response, Sent own, List<Sent> batch) {
        List<String> names = response.outputs().stream().map(Tensor::name).toList();
        assertThat(names).containsExactlyInAnyOrderElementsOf(own.wanted.isEmpty() ? names : own.wanted);
        assertThat(names).hasSize(own.wanted.isEmpty() ? 8 : own.wanted.size());
        for (Tensor output : response.outputs()) {
            switch (output.name()) {
                case "n_out" -> assertTensor(output, own.numbers, own.floats);
                case "s_out" -> assertTensor(output, own.texts, own.strings);
                case "items" -> assertRows(output, own, List.of((int) own.numbers.dim(1), (int) own.numbers.dim(2)));
                case "counts" -> assertRows(output, own, counts(batch, sent -> sent.numbers));
                case "ends" ->
                    assertRows(output, own, sums(0, counts(batch, sent -> sent.texts)).subList(1, batch.size() + 1));
                case "starts" -> assertRows(output, own, sums(0, counts(batch, sent -> sent.numbers)));
                case "most" -> assertRows(output, own,
                        Collections.nCopies(Collections.max(counts(batch, sent -> sent.texts)), 0));
                case "flat" -> assertRows(output, own, itemShapes(batch));
                default -> throw new AssertionError(output.name());
            }
        }
    }

    private static List<Integer> counts(List<Sent> batch, Function<Sent, Shape> shape) {
        return batch.stream().map(sent -> (int) shape.apply(sent).elementCount()).toList();
    }

    private static List<Integer> sums(int start, List<Integer> counts) {
        List<Integer> sums = new ArrayList<>(List.of(start));
        counts.forEach(count -> sums.add(sums.getLast() + count));
        return sums;
    }

    private static List<Integer> itemShapes(List<Sent> batch) {
        List<Integer> shapes = new ArrayList<>();
        for (Sent sent : batch) {
            for (int row = 0; row < sent.rows(); row++) {
                shapes.addAll(List.of((int) sent.numbers.dim(1), (int) sent.numbers.dim(2)));
            }
        }
        return shapes;
    }

    /** Each row of the output must be {@code row}. */
    private static void assertRows(Tensor output, Sent own, List<Integer> row) {
        ByteBuffer bytes = ByteBuffer.allocate(own.rows() * row.size() * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < own.rows(); i++) {
            row.forEach(bytes::putInt);
        }
        assertTensor(output, Shape.of(own.rows(), row.size()), bytes.array());
    }

    private static void assertTensor(Tensor output, Shape shape, byte[] data) {
        assertThat(output.shape()).as(output.name()).isEqualTo(shape);
        assertThat(Requests.data(output)).as(output.name()).isEqualTo(data);
    }

    /** Numbers, strings and item shapes come back; each other batch input becomes as many rows as the batch has. */
    private static OnnxModel model() {
        OnnxModel model = new OnnxModel().input("n", DataType.FP32, "ns").input("s", DataType.BYTES, "ss")
                .input("t_items", DataType.INT32, "rows", 2L)
                .output("n_out", DataType.FP32, "ns").node("Identity", "n", "n_out")
                .output("s_out", DataType.BYTES, "ss").node("Identity", "s", "s_out")
                .output("items", DataType.INT32, "rows", 2L).node("Identity", "t_items", "items")
                .constant("one", DataType.INT64, OnnxRuntimeInstanceTest.longs(1), 1)
                .constant("first", DataType.INT64, OnnxRuntimeInstanceTest.longs(0), 1)
                .node("Shape", "t_items", "shape").node("Gather", "shape,first", "rows")
                .node("Concat", "rows,one", "column", OnnxModel.number("axis", 0));
        for (String name : List.of("counts", "ends", "starts", "most", "flat")) {
            model.input("t_" + name, DataType.INT32, name).output(name, DataType.INT32, "rows", name)
                    .node("Unsqueeze", "t_" + name + ",first", name + "_row")
                    .node("Expand", name + "_row,column", name);
        }
        return model;
    }
}
