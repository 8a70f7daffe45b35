package io.nereid.backend.onnxruntime;

import io.nereid.backend.Requests;
import io.nereid.backend.RunningModel;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** Ragged inputs, batch inputs and batch outputs, run by ONNX Runtime. */
class RaggedBatchTest extends OnnxRuntimeTest {
    private static final String[] KINDS = {"ELEMENT_COUNT", "ACCUMULATED_ELEMENT_COUNT",
            "ACCUMULATED_ELEMENT_COUNT_WITH_ZERO", "MAX_ELEMENT_COUNT_AS_SHAPE", "ITEM_SHAPE_FLATTEN"};

    @ParameterizedTest
    @ValueSource(strings = {"INT32", "FP32"})
    void execute_requestsOfDifferentLengths_modelSeesOneDimensionAndWhatTheBatchIs(DataType type) throws Exception {
        try (RunningModel running = start(telling(type), tellingConfig(type, "-1"))) {
            List<InferenceResponse> responses = running.runAll(row(2), row(4), row(1), row(3));

            for (InferenceResponse response : responses) {
                assertThat(floats(response, "SEEN", Shape.of(1, 10))).containsExactly(2, 2, 4, 4, 4, 4, 1, 3, 3, 3);
                assertThat(numbers(response, "ELEMENT_COUNT", Shape.of(1, 4))).containsExactly(2, 4, 1, 3);
                assertThat(numbers(response, "ACCUMULATED_ELEMENT_COUNT", Shape.of(1, 4))).containsExactly(2, 6, 7, 10);
                assertThat(numbers(response, "ACCUMULATED_ELEMENT_COUNT_WITH_ZERO", Shape.of(1, 5)))
                        .containsExactly(0, 2, 6, 7, 10);
                assertThat(numbers(response, "MAX_ELEMENT_COUNT_AS_SHAPE", Shape.of(1, 4)))
                        .containsExactly(0, 0, 0, 0);
                assertThat(numbers(response, "ITEM_SHAPE_FLATTEN", Shape.of(1, 4))).containsExactly(2, 4, 1, 3);
            }
            release(responses);
        }
    }

    @Test
    void execute_requestsOfSeveralRows_countedByRequestAndShapedByRow() throws Exception {
        try (RunningModel running = start(telling(DataType.INT32), tellingConfig(DataType.INT32, "[-1, -1]"))) {
            List<InferenceResponse> responses = running.runAll(ones(2, 1, 2), ones(1, 3, 1));

            assertThat(numbers(responses.get(0), "ITEM_SHAPE", Shape.of(2, 2))).containsExactly(1, 2, 1, 2);
            assertThat(numbers(responses.get(1), "ITEM_SHAPE", Shape.of(1, 2))).containsExactly(3, 1);
            assertThat(numbers(responses.get(1), "ITEM_SHAPE_FLATTEN", Shape.of(1, 6)))
                    .containsExactly(1, 2, 1, 2, 3, 1);
            assertThat(numbers(responses.get(1), "ELEMENT_COUNT", Shape.of(1, 2))).containsExactly(4, 3);
            assertThat(floats(responses.get(0), "SEEN", Shape.of(2, 7))).hasSize(14).containsOnly(1);
            release(responses);
        }
    }

    @Test
    void execute_shapeWithoutValues_carriesNoOldMemory() throws Exception {
        try (RunningModel running = start(telling(DataType.FP32), tellingConfig(DataType.FP32, "-1"))) {
            for (int i = 0; i < 8; i++) {
                TensorBuffer poisoned = memory.allocate(1000 * Float.BYTES);
                poisoned.segment().fill((byte) 0x5A);
                poisoned.release();
            }
            InferenceResponse response = running.runOne(ones(1, 1000));

            assertThat(floats(response, "MAX_ELEMENT_COUNT_AS_SHAPE", Shape.of(1, 1000))).containsOnly(0);
            response.memory().release();
        }
    }

    @Test
    void execute_batchOutput_isSharedOutByTheInputsShapes() throws Exception {
        try (RunningModel running = start(negation(), negationConfig("dims: -1"))) {
            List<InferenceResponse> responses = running.runAll(row(2), row(4), row(1), row(3));

            for (int i = 0; i < 4; i++) {
                int length = new int[]{2, 4, 1, 3}[i];
                assertThat(floats(responses.get(i), "y", Shape.of(1, length))).hasSize(length).containsOnly(-length);
            }
            release(responses);
        }
    }

    @Test
    void execute_batchOutputOfOneRequest_hasItsShape() throws Exception {
        try (RunningModel running = start(negation(), negationConfig("dims: [-1, -1]"))) {
            InferenceResponse response = running.runOne(Requests.in(memory)
                    .misaligned("x", DataType.FP32, Shape.of(2, 1, 3), Requests.bytes(1, 2, 3, 4, 5, 6), 1).rows(2)
                    .build());

            assertThat(floats(response, "y", Shape.of(2, 1, 3))).containsExactly(-1, -2, -3, -4, -5, -6);
            response.memory().release();
        }
    }

    @Test
    void execute_batchOutputThatSomeDoNotWant_goesToThoseWhoDo() throws Exception {
        OnnxModel model = negation().output("z", DataType.FP32, "n").node("Abs", "x", "z");
        try (RunningModel running = start(model, negationConfig("dims: -1").replace("target_name: \"y\"",
                "target_name: [\"y\", \"z\"]") + "output { name: \"z\" data_type: TYPE_FP32 dims: -1 }")) {
            List<InferenceResponse> responses = running.runAll(
                    Requests.in(memory).floats("x", Shape.of(1, 1), 7).wanting("z").build(),
                    Requests.in(memory).floats("x", Shape.of(1, 2), 8, 9).wanting("y").build());

            assertThat(responses.get(0).outputs()).hasSize(1);
            assertThat(floats(responses.get(0), "z", Shape.of(1, 1))).containsExactly(7);
            assertThat(floats(responses.get(1), "y", Shape.of(1, 2))).containsExactly(-8, -9);
            release(responses);
        }
    }

    @Test
    void execute_batchOutputReshaped_countsInTheModelsShapeAndShowsTheClients() throws Exception {
        String config = """
                max_batch_size: 8
                input { name: "x" data_type: TYPE_FP32 dims: [-1, 4] reshape { shape: [-1, 2, 2] } \
                allow_ragged_batch: true }
                output { name: "y" data_type: TYPE_FP32 dims: [-1, 4] reshape { shape: [-1, 2, 2] } }
                batch_output { target_name: "y" source_input: "x" }""";
        try (RunningModel running = start(negation(), config)) {
            List<InferenceResponse> responses = running.runAll(ones(1, 1, 4), ones(1, 3, 4));

            assertThat(floats(responses.get(0), "y", Shape.of(1, 1, 4))).hasSize(4);
            assertThat(floats(responses.get(1), "y", Shape.of(1, 3, 4))).hasSize(12);
            release(responses);
        }
    }

    @Test
    void execute_noElements_isABatchAsWell() throws Exception {
        try (RunningModel running = start(negation(), negationConfig("dims: -1"))) {
            List<InferenceResponse> responses = running.runAll(row(0), row(2), row(0));

            assertThat(floats(responses.get(0), "y", Shape.of(1, 0))).isEmpty();
            assertThat(floats(responses.get(1), "y", Shape.of(1, 2))).containsExactly(-2, -2);
            assertThat(floats(responses.get(2), "y", Shape.of(1, 0))).isEmpty();
            release(responses);
        }
    }

    @Test
    void execute_modelWithoutBatching_seesOneDimensionToo() throws Exception {
        String config = negationConfig("dims: [-1, -1]").replace("max_batch_size: 8", "")
                + "batch_input { kind: BATCH_ITEM_SHAPE target_name: \"shape\" data_type: TYPE_INT32"
                + " source_input: \"x\" } output { name: \"told\" data_type: TYPE_INT32 dims: [-1, 2] }";
        OnnxModel model = negation().input("shape", DataType.INT32, "items", 2L)
                .output("told", DataType.INT32, "items", 2L).node("Identity", "shape", "told");
        try (RunningModel running = start(model, config)) {
            InferenceResponse response = running.runOne(ones(3, 2));

            assertThat(floats(response, "y", Shape.of(3, 2))).hasSize(6).containsOnly(-1);
            assertThat(numbers(response, "told", Shape.of(1, 2))).containsExactly(3, 2);
            response.memory().release();
        }
    }

    @Test
    void execute_modelGivesTooFewElements_failsAllAndRunsTheNext() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "n").output("y", DataType.FP32, "m")
                .constant("zero", DataType.INT64, longs(0), 1).constant("three", DataType.INT64, longs(3), 1)
                .node("Slice", "x,zero,three", "y");
        try (RunningModel running = start(model, negationConfig("dims: -1"))) {
            for (Object outcome : running.run(row(2), row(2))) {
                assertThat(((InferenceException) outcome).text())
                        .isEqualTo("batch output 'y': the model gave shape [3],"
                                + " 3 elements (expected as many as the shapes of its source input ask for, 4)");
            }
            assertThat(memory.bytesInUse()).isZero();
            release(running.runAll(row(2), row(1)));
        }
    }

    @Test
    void execute_modelGivesOtherRows_failsAloneAsInABatch() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "n").input("count", DataType.FP32, "requests")
                .output("y", DataType.FP32, "requests", 1L).constant("column", DataType.INT64, longs(-1, 1), 2)
                .node("Reshape", "count,column", "y").node("Neg", "x", "unused");
        try (RunningModel running = start(model, """
                max_batch_size: 8
                input { name: "x" data_type: TYPE_FP32 dims: -1 allow_ragged_batch: true }
                output { name: "y" data_type: TYPE_FP32 dims: 1 }
                batch_input { target_name: "count" data_type: TYPE_FP32 source_input: "x" }""")) {
            List<InferenceResponse> responses = running.runAll(row(5), row(3));
            assertThat(floats(responses.get(1), "y", Shape.of(1, 1))).containsExactly(3);
            release(responses);

            assertThat(running.run(ones(2, 3)).getFirst()).isInstanceOfSatisfying(InferenceException.class,
                    error -> assertThat(error.text()).isEqualTo("output 'y': the model gave shape [1,1] for a batch of"
                            + " 2 (expected that many in the first dimension)"));
        }
    }

    @Test
    void execute_shapeThatNoBatchInputCanTell_failsOnlyTheRequestThatHasIt() throws Exception {
        try (RunningModel running = start(telling(DataType.INT32), tellingConfig(DataType.INT32, "[-1, -1]"))) {
            List<Object> outcomes = running.run(ones(1, 2, 1), ones(1, 1L << 40, 0), ones(1, 1, 1));

            assertThat(outcomes.get(1)).isInstanceOfSatisfying(InferenceException.class, error -> {
                assertThat(error.code()).isEqualTo(ErrorCode.INVALID_ARG);
                assertThat(error.text()).contains("1099511627776", "TYPE_INT32");
            });
            for (int i : new int[]{0, 2}) {
                InferenceResponse response = (InferenceResponse) outcomes.get(i);
                assertThat(numbers(response, "ELEMENT_COUNT", Shape.of(1, 1))).containsExactly(2 - i / 2);
                response.memory().release();
            }
        }
    }

    @Test
    void execute_partsPastCounting_fail() throws Exception {
        String config = negationConfig("dims: [-1, -1, -1]")
                .replace("output { name: \"y\" data_type: TYPE_FP32 dims: [-1, -1, -1] }",
                        "output { name: \"y\" data_type: TYPE_FP32 dims: [-1, -1] }");
        try (RunningModel running = start(negation(), config)) {
            Object outcome = running.run(ones(1, 1L << 40, 1L << 40, 0)).getFirst();

            assertThat(((InferenceException) outcome).text()).contains("past counting");
        }
    }

    @Test
    void execute_stringsOfDifferentLengths_areGatheredAndSharedOut() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.BYTES, "n").output("y", DataType.BYTES, "n")
                .node("Identity", "x", "y");
        try (RunningModel running = start(model, negationConfig("dims: -1").replace("FP32", "STRING"))) {
            List<InferenceResponse> responses = running.runAll(strings("a", "", "longer"), strings(), strings("\0b"));

            assertThat(Requests.data(output(responses.get(0), "y", Shape.of(1, 3))))
                    .isEqualTo(Requests.strings("a", "", "longer"));
            assertThat(Requests.data(output(responses.get(1), "y", Shape.of(1, 0)))).isEmpty();
            assertThat(Requests.data(output(responses.get(2), "y", Shape.of(1, 1))))
                    .isEqualTo(Requests.strings("\0b"));
            release(responses);
        }
    }

    @Test
    void complete_outputsOfARaggedModel_haveTheShapesTheBatchOutputAsksFor() throws Exception {
        OnnxModel model = negation().input("ends", DataType.INT32, "requests")
                .output("z", DataType.FP32, "rows", 3L).constant("shape", DataType.INT64, longs(-1, 3), 2)
                .node("Reshape", "x,shape", "z").node("Identity", "ends", "unused");
        var config = complete(model, """
                max_batch_size: 8
                input { name: "x" data_type: TYPE_FP32 dims: [-1] allow_ragged_batch: true }
                batch_input { kind: BATCH_ACCUMULATED_ELEMENT_COUNT target_name: "ends" data_type: TYPE_INT32 \
                source_input: "x" }
                batch_output { target_name: "y" source_input: "x" }""");

        assertThat(config.outputs()).extracting(output -> output.name() + output.dims()).containsExactly("y[-1]",
                "z[3]");
    }

    @Test
    void complete_inputsThatBatchInputsFill_areNotAskedOfClients() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "batch", 2L).input("count", DataType.INT32, "n")
                .output("y", DataType.FP32, "batch", 2L).node("Identity", "x", "y").node("Identity", "count", "c");
        String text = "max_batch_size: 8 batch_input { kind: BATCH_ELEMENT_COUNT target_name: \"count\""
                + " data_type: TYPE_INT32 source_input: \"x\" }";
        try (RunningModel running = start(model, text)) {
            assertThat(running.config().inputs()).extracting(input -> input.name()).containsExactly("x");
            release(running.runAll(ones(1, 2), ones(3, 2)));
        }
    }

    /** Each batch input becomes an output of as many equal rows as the batch has. */
    private static OnnxModel telling(DataType type) {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "n").input("t_ITEM_SHAPE", type, "rows", "rank")
                .output("ITEM_SHAPE", type, "rows", "rank").node("Identity", "t_ITEM_SHAPE", "ITEM_SHAPE")
                .constant("one", DataType.INT64, longs(1), 1).constant("row", DataType.INT64, longs(1, -1), 2)
                .constant("never", DataType.INT64, longs(0), 1)
                .node("Shape", "t_ITEM_SHAPE", "item_shape").node("Gather", "item_shape,never", "rows")
                .node("Concat", "rows,one", "column", OnnxModel.number("axis", 0))
                .output("SEEN", DataType.FP32, "rows", "n").node("Reshape", "x,row", "x_row")
                .node("Expand", "x_row,column", "SEEN");
        for (String kind : KINDS) {
            model.input("t_" + kind, type, kind).output(kind, type, "rows", kind)
                    .node("Reshape", "t_" + kind + ",row", kind + "_row").node("Expand", kind + "_row,column", kind);
        }
        return model;
    }

    private static String tellingConfig(DataType type, String dims) {
        StringBuilder text = new StringBuilder("max_batch_size: 8\n").append("input { name: \"x\" data_type: TYPE_FP32"
                + " dims: " + dims + " allow_ragged_batch: true }\n"
                + "output { name: \"SEEN\" data_type: TYPE_FP32 dims: -1 }\n");
        List<String> kinds = new ArrayList<>(Arrays.asList(KINDS));
        kinds.add("ITEM_SHAPE");
        for (String kind : kinds) {
            text.append("batch_input { kind: BATCH_" + kind + " target_name: \"t_" + kind + "\" data_type: TYPE_" + type
                    + " source_input: \"x\" }\noutput { name: \"" + kind + "\" data_type: TYPE_" + type
                    + " dims: -1 }\n");
        }
        return text.toString();
    }

    private static OnnxModel negation() {
        return new OnnxModel().input("x", DataType.FP32, "n").output("y", DataType.FP32, "n").node("Neg", "x", "y");
    }

    private static String negationConfig(String dims) {
        return """
                max_batch_size: 8
                input { name: "x" data_type: TYPE_FP32 DIMS allow_ragged_batch: true }
                output { name: "y" data_type: TYPE_FP32 DIMS }
                batch_output { target_name: "y" source_input: "x" }
                """.replace("DIMS", dims);
    }

    /** One row of {@code length} elements, each of which is the length. */
    private InferenceRequest row(int length) throws InferenceException {
        float[] values = new float[length];
        Arrays.fill(values, length);
        return Requests.in(memory).floats("x", Shape.of(1, length), values).build();
    }

    private InferenceRequest ones(long... dims) throws InferenceException {
        float[] values = new float[Math.toIntExact(Shape.of(dims).elementCount())];
        Arrays.fill(values, 1);
        return Requests.in(memory).floats("x", Shape.of(dims), values).rows((int) dims[0]).build();
    }

    private InferenceRequest strings(String... values) throws InferenceException {
        return Requests.in(memory)
                .input("x", DataType.BYTES, Shape.of(1, values.length), Requests.strings(values)).build();
    }

    private static Tensor output(InferenceResponse response, String name, Shape shape) {
        Tensor output = Requests.output(response, name);
        assertThat(output.shape()).isEqualTo(shape);
        return output;
    }

    private static float[] floats(InferenceResponse response, String name, Shape shape) {
        return Requests.floats(output(response, name, shape));
    }

    /** The elements of an output of 32-bit numbers of either type. */
    private static int[] numbers(InferenceResponse response, String name, Shape shape) {
        Tensor output = output(response, name, shape);
        int[] bits = output.data().toArray(ValueLayout.JAVA_INT_UNALIGNED);
        return output.dataType() == DataType.INT32 ? bits
                : Arrays.stream(bits).map(value -> (int) Float.intBitsToFloat(value)).toArray();
    }

    private static byte[] longs(long... values) {
        return OnnxRuntimeInstanceTest.longs(values);
    }

    private static void release(List<InferenceResponse> responses) {
        responses.forEach(response -> response.memory().release());
    }
}
