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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** What execution does beyond the contract of all backends. */
class OnnxRuntimeInstanceTest extends OnnxRuntimeTest {
    private static final String LOOKUP = """
            input { name: "x" data_type: TYPE_INT64 dims: -1 }
            output { name: "y" data_type: TYPE_FP32 dims: -1 }""";

    @Test
    void execute_outputOfUnknownShape_hasTheShapeTheModelGave() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "n").output("y", DataType.INT64, 1L, "hits")
                .node("NonZero", "x", "y");
        try (RunningModel running = start(model, "")) {
            InferenceResponse response = running
                    .runOne(Requests.in(memory).floats("x", Shape.of(4), 0, 5, 0, 7).build());

            Tensor output = Requests.output(response, "y");
            assertThat(output.shape()).isEqualTo(Shape.of(1, 2));
            assertThat(Requests.data(output)).isEqualTo(longs(1, 3));
            response.memory().release();
        }
    }

    @Test
    void execute_outputsOfKnownAndUnknownShape_bothArrive() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "batch", 2L)
                .output("known", DataType.FP32, "batch", 2L).output("unknown", DataType.FP32, "other", 2L)
                .node("Neg", "x", "known").node("Abs", "x", "unknown");
        try (RunningModel running = start(model, "max_batch_size: 8")) {
            List<InferenceResponse> responses = running.runAll(row(1, -2), row(-3, 4));

            assertThat(Requests.floats(Requests.output(responses.get(0), "known"))).containsExactly(-1, 2);
            assertThat(Requests.floats(Requests.output(responses.get(0), "unknown"))).containsExactly(1, 2);
            assertThat(Requests.floats(Requests.output(responses.get(1), "known"))).containsExactly(3, -4);
            assertThat(Requests.floats(Requests.output(responses.get(1), "unknown"))).containsExactly(3, 4);
            responses.get(1).memory().release();
            responses.get(0).memory().release();
        }
    }

    @Test
    void execute_outputThatIsAnInput_outlivesTheRequest() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "n").output("x", DataType.FP32, "n")
                .output("y", DataType.FP32, "n").node("Neg", "x", "y");
        try (RunningModel running = start(model, """
                input { name: "x" data_type: TYPE_FP32 dims: -1 }
                output { name: "x" data_type: TYPE_FP32 dims: -1 }
                output { name: "y" data_type: TYPE_FP32 dims: -1 }""")) {
            InferenceResponse first = running.runOne(Requests.in(memory).floats("x", Shape.of(2), 1, 2).build());
            running.runOne(Requests.in(memory).floats("x", Shape.of(2), 8, 9).build()).memory().release();

            assertThat(Requests.floats(Requests.output(first, "x"))).containsExactly(1, 2);
            first.memory().release();
        }
    }

    /** ONNX Runtime never writes into memory that is meant for such an output: it hands the input on. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void execute_outputOfKnownShapeThatIsAnInput_isTheInput(int requests) throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "batch", 3L)
                .output("y", DataType.FP32, "batch", 3L).output("x", DataType.FP32, "batch", 3L).node("Neg", "x", "y");
        try (RunningModel running = start(model, "max_batch_size: 8")) {
            InferenceRequest[] rows = new InferenceRequest[requests];
            for (int i = 0; i < requests; i++) {
                rows[i] = row(i + 1, 8, 9);
            }
            List<InferenceResponse> responses = running.runAll(rows);
            for (int i = 0; i < requests; i++) {
                assertThat(Requests.floats(Requests.output(responses.get(i), "x"))).containsExactly(i + 1, 8, 9);
                assertThat(Requests.floats(Requests.output(responses.get(i), "y"))).containsExactly(-i - 1, -8, -9);
                responses.get(i).memory().release();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1, 2})
    void execute_inputAsTheOnlyOutput_isTheInputAtEveryGraphLevel(int level) throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.INT64, 2L).output("x", DataType.INT64, 2L);
        try (RunningModel running = start(model, "optimization { graph { level: " + level + " } }")) {
            InferenceResponse response = running
                    .runOne(Requests.in(memory).input("x", DataType.INT64, Shape.of(2), longs(5, 6)).build());

            assertThat(Requests.data(Requests.output(response, "x"))).isEqualTo(longs(5, 6));
            response.memory().release();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1, 2})
    void execute_outputsThatTheOptimiserMayMerge_areAllWritten(int level) throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, 2L).constant("c", DataType.FP32,
                Requests.bytes(7, 8), 2);
        for (String output : List.of("copy", "neg", "again", "alias", "c", "folded", "constant")) {
            model.output(output, DataType.FP32, 2L);
        }
        model.node("Identity", "x", "copy").node("Neg", "x", "neg").node("Neg", "x", "again")
                .node("Identity", "neg", "alias").node("Add", "c,c", "folded").node("Identity", "c", "constant");
        try (RunningModel running = start(model, "optimization { graph { level: " + level + " } }")) {
            InferenceResponse response = running.runOne(Requests.in(memory).floats("x", Shape.of(2), 1, 2).build());

            assertThat(response.outputs()).extracting(output -> Requests.floats(output)).containsExactly(
                    new float[]{1, 2}, new float[]{-1, -2}, new float[]{-1, -2}, new float[]{-1, -2},
                    new float[]{7, 8}, new float[]{14, 16}, new float[]{7, 8});
            response.memory().release();
        }
    }

    @Test
    void execute_constantThatIsAnOutputAndAnOptionalInput_isWhatWasUsed() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, 2L).input("c", DataType.FP32, 2L)
                .constant("c", DataType.FP32, Requests.bytes(10, 20), 2).output("y", DataType.FP32, 2L)
                .output("c", DataType.FP32, 2L).node("Add", "x,c", "y");
        try (RunningModel running = start(model, """
                input { name: "x" data_type: TYPE_FP32 dims: 2 }
                input { name: "c" data_type: TYPE_FP32 dims: 2 optional: true }
                output { name: "y" data_type: TYPE_FP32 dims: 2 }
                output { name: "c" data_type: TYPE_FP32 dims: 2 }""")) {
            InferenceResponse without = running.runOne(Requests.in(memory).floats("x", Shape.of(2), 1, 2).build());
            InferenceResponse with = running.runOne(Requests.in(memory).floats("x", Shape.of(2), 1, 2)
                    .floats("c", Shape.of(2), 5, 6).build());

            assertThat(Requests.floats(Requests.output(without, "c"))).containsExactly(10, 20);
            assertThat(Requests.floats(Requests.output(with, "c"))).containsExactly(5, 6);
            without.memory().release();
            with.memory().release();
        }
    }

    @Test
    void execute_outputNamedTwice_isGivenOnce() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, 2L).output("y", DataType.FP32, 2L)
                .output("y", DataType.FP32, 2L).node("Neg", "x", "y");
        try (RunningModel running = start(model, "")) {
            InferenceResponse response = running.runOne(Requests.in(memory).floats("x", Shape.of(2), 1, 2).build());

            assertThat(response.outputs()).hasSize(1);
            assertThat(Requests.floats(response.outputs().getFirst())).containsExactly(-1, -2);
            response.memory().release();
        }
    }

    /** ONNX Runtime's LSTM writes no last cell state when the sequence has no element. */
    @Test
    void execute_outputThatAKernelDoesNotWrite_isZero() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "steps", 1L, 1L)
                .constant("w", DataType.FP32, Requests.bytes(1, 1, 1, 1), 1, 4, 1)
                .constant("r", DataType.FP32, Requests.bytes(1, 1, 1, 1), 1, 4, 1)
                .output("cell", DataType.FP32, 1L, 1L, 1L)
                .node("LSTM", "x,w,r", ",,cell", OnnxModel.number("hidden_size", 1));
        try (RunningModel running = start(model, "")) {
            InferenceResponse response = running.runOne(Requests.in(memory).floats("x", Shape.of(0, 1, 1)).build());

            assertThat(Requests.floats(Requests.output(response, "cell"))).containsExactly(0);
            response.memory().release();
        }
    }

    @Test
    void execute_outputOfAnyRank_hasTheShapeTheModelGave() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, 6L).input("shape", DataType.INT64, "rank")
                .outputOfAnyRank("y", DataType.FP32).node("Reshape", "x,shape", "y");
        try (RunningModel running = start(model, "")) {
            for (long[] shape : new long[][]{{2, 3}, {6}, {1, 3, 1, 2}}) {
                InferenceResponse response = running.runOne(
                        Requests.in(memory).floats("x", Shape.of(6), 1, 2, 3, 4, 5, 6)
                                .input("shape", DataType.INT64, Shape.of(shape.length), longs(shape)).build());

                assertThat(Requests.output(response, "y").shape()).isEqualTo(Shape.of(shape));
                assertThat(Requests.floats(Requests.output(response, "y"))).containsExactly(1, 2, 3, 4, 5, 6);
                response.memory().release();
            }
        }
    }

    @Test
    void execute_batchedOutputOfAnyRank_isSharedOutByRows() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "batch", 1L, 2L)
                .outputOfAnyRank("y", DataType.FP32).node("Squeeze", "x", "y");
        try (RunningModel running = start(model, """
                max_batch_size: 8
                input { name: "x" data_type: TYPE_FP32 dims: [1, 2] }
                output { name: "y" data_type: TYPE_FP32 dims: 2 }""")) {
            List<InferenceResponse> responses = running.runAll(
                    Requests.in(memory).floats("x", Shape.of(1, 1, 2), 1, 2).build(),
                    Requests.in(memory).floats("x", Shape.of(1, 1, 2), 3, 4).build());

            assertThat(Requests.output(responses.get(1), "y").shape()).isEqualTo(Shape.of(1, 2));
            assertThat(Requests.floats(Requests.output(responses.get(1), "y"))).containsExactly(3, 4);
            responses.forEach(response -> response.memory().release());
        }
    }

    @Test
    void execute_scalarThatIsNone_hasTheShapeTheModelGave() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "n").output("y", DataType.FP32)
                .node("Squeeze", "x", "y");
        try (RunningModel running = start(model, "")) {
            for (int i = 0; i < 2; i++) {
                InferenceResponse response = running
                        .runOne(Requests.in(memory).floats("x", Shape.of(2), 1, 2).build());

                assertThat(Requests.output(response, "y").shape()).isEqualTo(Shape.of(2));
                assertThat(Requests.floats(Requests.output(response, "y"))).containsExactly(1, 2);
                response.memory().release();
            }
        }
    }

    @Test
    void execute_modelWithoutInputs_answersWithItsConstants() throws Exception {
        OnnxModel model = new OnnxModel().constant("c", DataType.FP32, Requests.bytes(3, 4), 2)
                .output("y", DataType.FP32, 2L).node("Identity", "c", "y");
        try (RunningModel running = start(model, "")) {
            InferenceResponse response = running.runOne(Requests.in(memory).build());

            assertThat(Requests.floats(Requests.output(response, "y"))).containsExactly(3, 4);
            response.memory().release();
        }
    }

    @Test
    void execute_dimensionThatIsAlwaysEmpty_answersWithNothing() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, 0L, 3L).output("y", DataType.FP32, 0L, 3L)
                .node("Neg", "x", "y");
        try (RunningModel running = start(model, "")) {
            InferenceResponse response = running.runOne(Requests.in(memory).floats("x", Shape.of(0, 3)).build());

            assertThat(Requests.output(response, "y").shape()).isEqualTo(Shape.of(0, 3));
            response.memory().release();
            Object outcome = running.run(Requests.in(memory).floats("x", Shape.of(1, 3), 1, 2, 3).build()).getFirst();
            assertThat(((InferenceException) outcome).text())
                    .startsWith("onnx runtime error 2: Got invalid dimensions");
            assertThat(running.defects()).isEmpty();
        }
    }

    @Test
    void execute_modelLiesAboutItsShape_answersWithTheRealOne() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "batch", 2L)
                .output("y", DataType.FP32, "batch", 2L).constant("repeats", DataType.INT64, longs(2, 1), 2)
                .node("Tile", "x,repeats", "y");
        try (RunningModel running = start(model, "max_batch_size: 8")) {
            for (int i = 0; i < 2; i++) {
                InferenceResponse response = running.runOne(row(1, 2));
                assertThat(Requests.output(response, "y").shape()).isEqualTo(Shape.of(2, 2));
                response.memory().release();
            }
            Object outcome = running.run(row(1, 2), row(3, 4)).getFirst();
            assertThat(((InferenceException) outcome).text()).isEqualTo("output 'y': the model gave shape [4,2] for a"
                    + " batch of 2 (expected that many in the first dimension)");
        }
    }

    @Test
    void terminate_untilForgotten_endsEveryRunWithAnError() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "batch", 2L)
                .output("y", DataType.FP32, "batch", 2L).node("Neg", "x", "y");
        try (RunningModel running = start(model, "max_batch_size: 8")) {
            running.instance().terminate();
            assertThat(running.run(row(1, 2)).getFirst()).isInstanceOfSatisfying(InferenceException.class,
                    error -> assertThat(error.text()).contains("terminate"));

            running.instance().forgetTermination();
            InferenceResponse response = running.runOne(row(1, 2));
            assertThat(Requests.floats(Requests.output(response, "y"))).containsExactly(-1, -2);
            response.memory().release();
        }
    }

    @Test
    void execute_reshapedTensors_areSeenByTheModelInItsShape() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "batch", 2L, 2L)
                .output("y", DataType.FP32, "batch", 2L, 2L).node("Transpose", "x", "y", permutation(0, 2, 1));
        try (RunningModel running = start(model, """
                max_batch_size: 8
                input { name: "x" data_type: TYPE_FP32 dims: 4 reshape { shape: [2, 2] } }
                output { name: "y" data_type: TYPE_FP32 dims: 4 reshape { shape: [2, 2] } }""")) {
            List<InferenceResponse> responses = running.runAll(
                    Requests.in(memory).floats("x", Shape.of(1, 4), 1, 2, 3, 4).build(),
                    Requests.in(memory).floats("x", Shape.of(1, 4), 5, 6, 7, 8).build());

            assertThat(Requests.output(responses.get(0), "y").shape()).isEqualTo(Shape.of(1, 4));
            assertThat(Requests.floats(Requests.output(responses.get(0), "y"))).containsExactly(1, 3, 2, 4);
            assertThat(Requests.floats(Requests.output(responses.get(1), "y"))).containsExactly(5, 7, 6, 8);
            responses.forEach(response -> response.memory().release());
        }
    }

    @Test
    void execute_scalars_areOneElementToClients() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32).output("y", DataType.FP32).node("Neg", "x", "y");
        try (RunningModel running = start(model, "")) {
            InferenceResponse response = running.runOne(Requests.in(memory).floats("x", Shape.of(1), 5).build());

            assertThat(Requests.output(response, "y").shape()).isEqualTo(Shape.of(1));
            assertThat(Requests.floats(Requests.output(response, "y"))).containsExactly(-5);
            response.memory().release();
        }
    }

    @Test
    void execute_batchedScalars_areOneElementPerRow() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "b").output("y", DataType.FP32, "b").node("Neg",
                "x", "y");
        try (RunningModel running = start(model, "")) {
            List<InferenceResponse> responses = running.runAll(
                    Requests.in(memory).floats("x", Shape.of(1, 1), 5).build(),
                    Requests.in(memory).floats("x", Shape.of(2, 1), 6, 7).rows(2).build());

            assertThat(Requests.output(responses.get(1), "y").shape()).isEqualTo(Shape.of(2, 1));
            assertThat(Requests.floats(Requests.output(responses.get(1), "y"))).containsExactly(-6, -7);
            responses.forEach(response -> response.memory().release());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 7})
    void execute_inputBetweenMultiplesOfItsElements_isReadAll(int offset) throws Exception {
        try (RunningModel running = start(negation(), "max_batch_size: 8")) {
            InferenceResponse response = running.runOne(Requests.in(memory)
                    .misaligned("x", DataType.FP32, Shape.of(1, 2), Requests.bytes(3, -4), offset).build());

            assertThat(Requests.floats(Requests.output(response, "y"))).containsExactly(-3, 4);
            response.memory().release();
        }
    }

    @Test
    void execute_runFails_tellsTheClientAndRunsTheNextRequest() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.INT64, "n").output("y", DataType.FP32, "n")
                .constant("table", DataType.FP32, Requests.bytes(1, 2, 3), 3).node("Gather", "table,x", "y");
        try (RunningModel running = start(model, LOOKUP)) {
            Object failure = running.run(indices(1, 99)).getFirst();
            InferenceResponse response = running.runOne(indices(2, 0));

            assertThat(failure).isInstanceOfSatisfying(InferenceException.class, error -> {
                assertThat(error.code()).isEqualTo(ErrorCode.INTERNAL);
                assertThat(error.text()).startsWith("onnx runtime error ").contains("99");
            });
            assertThat(Requests.floats(Requests.output(response, "y"))).containsExactly(3, 1);
            response.memory().release();
            assertThat(running.defects()).isEmpty();
        }
    }

    @Test
    void execute_severalRequestsOfModelThatDoesNotBatch_runEachByItself() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.INT64, "n").output("y", DataType.FP32, "n")
                .constant("table", DataType.FP32, Requests.bytes(1, 2, 3), 3).node("Gather", "table,x", "y");
        try (RunningModel running = start(model, LOOKUP)) {
            List<Object> outcomes = running.run(indices(0), indices(99), indices(1, 2));

            InferenceResponse first = (InferenceResponse) outcomes.get(0);
            InferenceResponse last = (InferenceResponse) outcomes.get(2);
            assertThat(Requests.floats(Requests.output(first, "y"))).containsExactly(1);
            assertThat(outcomes.get(1)).isInstanceOf(InferenceException.class);
            assertThat(Requests.floats(Requests.output(last, "y"))).containsExactly(2, 3);
            first.memory().release();
            last.memory().release();
        }
    }

    @Test
    void execute_requestsOfDifferentShapesInOneBatch_fail() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "b", "n").output("y", DataType.FP32, "b", "n")
                .node("Neg", "x", "y");
        try (RunningModel running = start(model, "max_batch_size: 8")) {
            List<Object> outcomes = running.run(row(1, 2),
                    Requests.in(memory).floats("x", Shape.of(1, 3), 1, 2, 3).build());

            assertThat(outcomes).allSatisfy(outcome -> assertThat(((InferenceException) outcome).text())
                    .isEqualTo("input 'x': requests of different shapes were put into one batch, [1,2] and [1,3]"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\1", "\1\0\0\0", "\2\0\0\0a\0\0\0\0", "\1\0\0\0a", "\0\0\0\0\0\0\0\0\0\0\0\0",
            "\377\377\377\377aaaa\0\0\0\0"})
    void execute_stringsThatAreNotTwoElements_fail(String data) throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.BYTES, 2L).output("y", DataType.BYTES, 2L)
                .node("Identity", "x", "y");
        try (RunningModel running = start(model, "")) {
            Object outcome = running.run(Requests.in(memory).input("x", DataType.BYTES, Shape.of(2),
                    data.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1)).build()).getFirst();

            assertThat(((InferenceException) outcome).code()).isEqualTo(ErrorCode.INVALID_ARG);
            assertThat(((InferenceException) outcome).text()).contains("not exactly 2 elements");
            assertThat(running.defects()).isEmpty();
        }
    }

    @Test
    void execute_optionalInputLeftOut_usesTheModelsOwnValue() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, 2L).input("c", DataType.FP32, 2L)
                .constant("c", DataType.FP32, Requests.bytes(10, 20), 2).output("y", DataType.FP32, 2L)
                .node("Add", "x,c", "y");
        try (RunningModel running = start(model, """
                input { name: "x" data_type: TYPE_FP32 dims: 2 }
                input { name: "c" data_type: TYPE_FP32 dims: 2 optional: true }
                output { name: "y" data_type: TYPE_FP32 dims: 2 }""")) {
            InferenceResponse without = running.runOne(Requests.in(memory).floats("x", Shape.of(2), 1, 2).build());
            InferenceResponse with = running.runOne(Requests.in(memory).floats("x", Shape.of(2), 1, 2)
                    .floats("c", Shape.of(2), 5, 6).build());

            assertThat(Requests.floats(Requests.output(without, "y"))).containsExactly(11, 22);
            assertThat(Requests.floats(Requests.output(with, "y"))).containsExactly(6, 8);
            without.memory().release();
            with.memory().release();
        }
    }

    @Test
    void execute_everyParameterSet_runsAsWithout() throws Exception {
        try (RunningModel running = start(negation(), """
                max_batch_size: 8
                optimization { graph { level: -1 } }
                parameters { key: "intra_op_thread_count" value { string_value: "2" } }
                parameters { key: "inter_op_thread_count" value { string_value: "2" } }
                parameters { key: "execution_mode" value { string_value: "1" } }
                parameters { key: "enable_mem_arena" value { string_value: "1" } }
                parameters { key: "enable_mem_pattern" value { string_value: "0" } }
                parameters { key: "memory.enable_memory_arena_shrinkage" value { string_value: "cpu:0" } }
                parameters { key: "session.intra_op.allow_spinning" value { string_value: "0" } }
                parameters { key: "session.intra_op.spin_duration_us" value { string_value: "50" } }
                parameters { key: "session.force_spinning_stop" value { string_value: "0" } }
                parameters { key: "session.dynamic_block_base" value { string_value: "4" } }
                parameters { key: "session.use_device_allocator_for_initializers" value { string_value: "1" } }""")) {
            InferenceResponse response = running.runOne(row(1, 2));

            assertThat(Requests.floats(Requests.output(response, "y"))).containsExactly(-1, -2);
            response.memory().release();
        }
    }

    @Test
    void execute_sharedThreads_runsAsWithout() throws Exception {
        backend = newBackend(java.util.Map.of("enable-global-threadpool", "1", "intra_op_thread_count", "2"));
        try (RunningModel running = start(negation(), "max_batch_size: 8")) {
            InferenceResponse response = running.runOne(row(1, 2));

            assertThat(Requests.floats(Requests.output(response, "y"))).containsExactly(-1, -2);
            response.memory().release();
        }
    }

    @Test
    void execute_loadedAndClosedManyTimes_leavesNoMemoryBehind() throws Exception {
        OnnxModel model = negation();
        for (int load = 0; load < 200; load++) {
            try (RunningModel running = start(model, "max_batch_size: 8")) {
                for (int i = 0; i < 5; i++) {
                    running.runAll(row(1, 2), row(3, 4)).forEach(response -> response.memory().release());
                }
            }
        }
        assertThat(memory.bytesInUse()).isZero();
    }

    private static OnnxModel negation() {
        return new OnnxModel().input("x", DataType.FP32, "batch", 2L).output("y", DataType.FP32, "batch", 2L)
                .node("Neg", "x", "y");
    }

    private InferenceRequest row(float... values) throws InferenceException {
        return Requests.in(memory).floats("x", Shape.of(1, values.length), values).build();
    }

    private InferenceRequest indices(long... values) throws InferenceException {
        return Requests.in(memory).input("x", DataType.INT64, Shape.of(values.length), longs(values)).build();
    }

    private static OnnxModel.Message permutation(long... dims) {
        OnnxModel.Message attribute = new OnnxModel.Message().text(1, "perm");
        for (long dim : dims) {
            attribute.number(8, dim);
        }
        return attribute.number(20, 7);
    }

    static byte[] longs(long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long value : values) {
            bytes.putLong(value);
        }
        return bytes.array();
    }
}
