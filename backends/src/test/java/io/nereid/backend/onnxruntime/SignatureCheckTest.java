package io.nereid.backend.onnxruntime;

import io.nereid.backend.Requests;
import io.nereid.backend.RunningModel;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/** What keeps a model from being loaded, and what clients of the repository are told. */
final class SignatureCheckTest extends OnnxRuntimeTest {
    private static final OnnxModel MODEL = new OnnxModel().input("x", DataType.FP32, "batch", 4L)
            .output("y", DataType.FP32, "batch", 4L).node("Identity", "x", "y");
    private static final String X = "input { name: \"x\" data_type: TYPE_FP32 dims: 4 }\n";
    private static final String Y = "output { name: \"y\" data_type: TYPE_FP32 dims: 4 }\n";
    private static final String RAGGED = """
            max_batch_size: 4
            input { name: "x" data_type: TYPE_FP32 dims: -1 allow_ragged_batch: true }
            output { name: "y" data_type: TYPE_FP32 dims: -1 }
            """;

    @Test
    void createInstance_inputTooMany_fails() {
        assertRefused("max_batch_size: 4\n" + X + "input { name: \"z\" data_type: TYPE_FP32 dims: 4 }\n" + Y,
                "unable to load model 'm', configuration expects 2 inputs, model provides 1");
    }

    @Test
    void createInstance_unknownInput_fails() {
        assertRefused("max_batch_size: 4\n" + X.replace("\"x\"", "\"z\"") + Y,
                "unable to load model 'm', unexpected inference input 'z', allowed inputs are: x");
    }

    @Test
    void createInstance_unknownOutput_fails() {
        assertRefused("max_batch_size: 4\n" + X + Y.replace("\"y\"", "\"z\""),
                "unable to load model 'm', unexpected inference output 'z', allowed outputs are: y");
    }

    @Test
    void createInstance_otherDatatype_fails() {
        assertRefused("max_batch_size: 4\n" + X.replace("FP32", "INT8") + Y, "unable to load model 'm', configuration"
                + " expects datatype TYPE_INT8 for input 'x', model provides TYPE_FP32");
    }

    @Test
    void createInstance_otherDims_saysWhatTheBatchAdds() {
        assertRefused("max_batch_size: 4\n" + X.replace("dims: 4", "dims: [4, 4]") + Y,
                "model 'm', tensor 'x': the model expects 2 dimensions (shape [-1,4]) but the model configuration"
                        + " specifies 3 dimensions (an initial batch dimension because max_batch_size > 0 followed by"
                        + " the explicit tensor shape, making complete shape [-1,4,4])");
    }

    @Test
    void createInstance_otherDimsWithoutBatch_fails() {
        assertRefused(X + Y, "model 'm', tensor 'x': the model expects 2 dimensions (shape [-1,4]) but the model"
                + " configuration specifies 1 dimensions (shape [4])");
    }

    @Test
    void createInstance_batchOfModelThatCannotBatch_fails() {
        OnnxModel fixed = new OnnxModel().input("x", DataType.FP32, 2L, 4L).output("y", DataType.FP32, 2L, 4L)
                .node("Identity", "x", "y");

        assertRefused(fixed, "max_batch_size: 4\n" + X + Y,
                "model 'm', tensor 'x': for the model to support batching the shape should have at least 1 dimension"
                        + " and the first dimension must be -1; but shape expected by the model is [2,4]");
    }

    @Test
    void createInstance_optionalInputOfBatchingModel_fails() {
        assertRefused("max_batch_size: 4\n" + X.replace("}", "optional: true }") + Y,
                "unable to load model 'm', optional input is not supported when batching is enabled: input 'x'");
    }

    @Test
    void createInstance_optionalInputWithoutValue_fails() {
        assertRefused(X.replace("dims: 4", "dims: [-1, 4] optional: true") + Y.replace("4", "[-1, 4]"),
                "unable to load model 'm', input 'x' is optional in the configuration, but the model has no value for"
                        + " it");
    }

    @Test
    void createInstance_raggedInputOfModelWithRows_fails() {
        assertRefused("max_batch_size: 4\n" + X.replace("}", "allow_ragged_batch: true }") + Y,
                "unable to load model 'm', configuration expects model provides input with shape [-1] for ragged input"
                        + " 'x', model provides [-1,4]");
    }

    @Test
    void createInstance_raggedAndOptionalInput_fails() {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, 1L)
                .constant("x", DataType.FP32, new byte[4], 1).output("y", DataType.FP32, 1L)
                .node("Identity", "x", "y");

        assertRefused(model, X.replace("dims: 4", "dims: -1 allow_ragged_batch: true optional: true")
                + Y.replace("4", "1"),
                "unable to load model 'm', configuration expects model provides input with shape [-1] for ragged input"
                        + " 'x', which is not supported for optional input");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            z            | TYPE_FP32  | ELEMENT_COUNT | unexpected batch input 'z', allowed inputs are: x, counts
            counts       | TYPE_INT32 | ELEMENT_COUNT | configuration expects datatype TYPE_INT32 for batch input 'counts', model provides TYPE_FP32
            counts       | TYPE_FP32  | ITEM_SHAPE    | configuration expects model provides input with shape [-1,1] for batch input 'counts' of kind BATCH_ITEM_SHAPE, model provides [-1]
            counts", "z  | TYPE_FP32  | ELEMENT_COUNT | configuration expects 3 inputs, model provides 2
            """)
    void createInstance_batchInputThatTheModelHasNot_fails(String target, String type, String kind, String why) {
        assertRefused(ragged(), RAGGED + "batch_input { kind: BATCH_" + kind + " target_name: [\"" + target
                + "\"] data_type: " + type + " source_input: \"x\" }", "unable to load model 'm', " + why);
    }

    @Test
    void createInstance_inputThatNeitherRequestsNorBatchInputsGive_fails() {
        assertRefused(ragged(), RAGGED, "unable to load model 'm', configuration expects 1 inputs, model provides 2");
    }

    @Test
    void createInstance_batchOutputWithMoreOpenDimensionsThanItsSource_fails() {
        assertRefused(ragged(), RAGGED.replace("dims: -1 }", "dims: [4, -1] }")
                + "batch_input { target_name: \"counts\" data_type: TYPE_FP32 source_input: \"x\" }"
                + "batch_output { target_name: \"y\" source_input: \"x\" }",
                "unable to load model 'm', batch output 'y' of shape [-1,4,-1] takes its open dimensions from source"
                        + " input 'x', whose shape [-1,-1] has no dimension number 2");
    }

    private static OnnxModel ragged() {
        return new OnnxModel().input("x", DataType.FP32, "n").input("counts", DataType.FP32, "requests")
                .output("y", DataType.FP32, "n").node("Identity", "x", "y").node("Identity", "counts", "unused");
    }

    @Test
    void createInstance_typeThatTheProtocolLacks_isNamed() {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, 4L).output("y", DataType.FP32, 4L)
                .node("Identity", "x", "y").rawOutput("c", 17, 4L)
                .node("Cast", "x", "c", OnnxModel.number("to", 17));

        assertRefused(model, X + Y + "output { name: \"c\" data_type: TYPE_FP32 dims: 4 }", "unable to load model 'm',"
                + " unsupported datatype FLOAT8E4M3FN of output 'c' (expected one of BOOL, UINT8, UINT16, UINT32, UINT64,"
                + " INT8, INT16, INT32, INT64, FP16, FP32, FP64, BYTES, BF16): put a Cast into the model, or list only"
                + " the model's other outputs in config.pbtxt");
    }

    @Test
    void createInstance_zipMap_saysHowToDoWithoutIt() {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "n", 2L).output("y", DataType.FP32, "n", 2L)
                .node("Identity", "x", "y").zipMap("y", "p");

        assertRefused(model, "max_batch_size: 4\n" + X.replace("4", "2") + Y.replace("4", "2")
                + "output { name: \"p\" data_type: TYPE_FP32 dims: 2 }",
                "unable to load model 'm', output 'p' is a"
                        + " sequence of maps from INT64 to FLOAT (expected a tensor): export the model without its ZipMap,"
                        + " with skl2onnx by options={'zipmap': False}, or list only the model's other outputs in"
                        + " config.pbtxt");
    }

    @Test
    void createInstance_dimensionThatOnlyTheOptimiserKnows_isNoContradiction() throws Exception {
        for (String dims : new String[]{"", "[1, -1, 4]", "[1, 3, 4]"}) {
            String outputs = dims.isEmpty() ? "" : "output { name: \"y\" data_type: TYPE_FP32 dims: " + dims + " }";
            try (RunningModel running = start(refined(), outputs)) {
                InferenceResponse response = running.runOne(
                        Requests.in(memory).floats("x", Shape.of(3, 4), new float[12]).build());
                assertThat(Requests.output(response, "y").shape()).isEqualTo(Shape.of(1, 3, 4));
                response.memory().release();
            }
        }
    }

    @Test
    void createInstance_dimensionThatTheFileContradicts_fails() {
        assertRefused(refined(), "output { name: \"y\" data_type: TYPE_FP32 dims: [1, 3, 5] }", "model 'm', tensor 'y':"
                + " the model expects 3 dimensions (shape [1,-1,4]) but the model configuration specifies 3 dimensions"
                + " (shape [1,3,5])");
        assertRefused(refined(), "output { name: \"y\" data_type: TYPE_FP32 dims: [1, -1, -1] }", "model 'm', tensor"
                + " 'y': the model expects 3 dimensions (shape [1,-1,4]) but the model configuration specifies 3"
                + " dimensions (shape [1,-1,-1])");
    }

    /** x of shape [n,4] as [1,3,4], of which the file says [1,-1,4]. */
    private static OnnxModel refined() {
        return new OnnxModel().input("x", DataType.FP32, "n", 4L).output("y", DataType.FP32, 1L, "m", 4L)
                .constant("one", DataType.INT64, OnnxRuntimeInstanceTest.longs(1), 1)
                .constant("rest", DataType.INT64, OnnxRuntimeInstanceTest.longs(3, 4), 2)
                .node("Concat", "one,rest", "shape", OnnxModel.number("axis", 0)).node("Reshape", "x,shape", "y");
    }

    @Test
    void createInstance_numberOfDimensionsThatTheFileLeavesOpen_contradictsNothing() throws Exception {
        for (String dims : new String[]{"-1", "[2, 3]", "[-1, -1, -1]"}) {
            OnnxModel model = new OnnxModel().input("x", DataType.FP32, 4L).outputOfAnyRank("y", DataType.FP32)
                    .constant("sizes", DataType.INT64, OnnxRuntimeInstanceTest.longs(2, 2), 2)
                    .constant("used", DataType.FP32, Requests.bytes(1, 1), 2).node("NonZero", "used", "places")
                    .node("Squeeze", "places", "indices").node("Gather", "sizes,indices", "shape")
                    .node("Reshape", "x,shape", "y");
            try (RunningModel running = start(model,
                    X + "output { name: \"y\" data_type: TYPE_FP32 dims: " + dims + " }")) {
                InferenceResponse response = running
                        .runOne(Requests.in(memory).floats("x", Shape.of(4), 1, 2, 3, 4).build());
                assertThat(Requests.output(response, "y").shape()).isEqualTo(Shape.of(2, 2));
                response.memory().release();
            }
        }
    }

    @Test
    void createInstance_sequenceNotInConfiguration_isNoObstacle() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, 4L).output("y", DataType.FP32, 4L)
                .node("Identity", "x", "y").node("SequenceConstruct", "x", "s").sequenceOutput("s", DataType.FP32);

        try (RunningModel running = start(model, X + Y)) {
            assertThat(running.config().outputs()).hasSize(1);
        }
    }

    @Test
    void createInstance_fileIsNoModel_failsWithOnnxRuntimesWords() throws Exception {
        Path version = Files.createDirectories(directory.resolve("1"));
        Files.writeString(version.resolve("model.onnx"), "this is not protobuf");

        InferenceException error = catchThrowableOfType(InferenceException.class,
                () -> RunningModel.start(backend, new io.nereid.backend.ModelVersion("m", 1, directory, version),
                        config(X + Y)));

        assertThat(error.code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(error.text()).matches("(?s)onnx runtime error 7: Load model from .*");
    }

    @Test
    void createInstance_noFile_namesItAndWhatIsThere() throws Exception {
        Path version = Files.createDirectories(directory.resolve("1"));

        InferenceException error = catchThrowableOfType(InferenceException.class,
                () -> RunningModel.start(backend, new io.nereid.backend.ModelVersion("m", 1, directory, version),
                        config(X + Y)));

        assertThat(error.text())
                .isEqualTo("unable to find '" + version.resolve("model.onnx")
                        + "' for model 'm', version 1: folder '1' is empty (expected 'model.onnx' in it)");
    }

    @Test
    void createInstance_directoryAndOtherFilename_areFound() throws Exception {
        Path version = directory.resolve("1");
        Files.createDirectories(version.resolve("net.onnx"));
        Files.write(version.resolve("net.onnx/model.onnx"), MODEL.bytes());

        try (RunningModel running = RunningModel.start(backend,
                new io.nereid.backend.ModelVersion("m", 1, directory, version),
                config("max_batch_size: 4 default_model_filename: \"net.onnx\"\n" + X + Y))) {
            assertThat(running.config().maxBatchSize()).isEqualTo(4);
        }
    }

    @ParameterizedTest
    @CsvSource({"intra_op_thread_count, -1", "intra_op_thread_count, many", "execution_mode, 2",
            "enable_mem_arena, yes", "enable_mem_pattern, 7", "cudnn_conv_algo_search, 3",
            "arena_extend_strategy, grow"})
    void load_parameterOutOfRange_fails(String parameter, String value) {
        assertThat(refused(MODEL, "max_batch_size: 4\n" + X + Y + "parameters { key: \"" + parameter
                + "\" value { string_value: \"" + value + "\" } }").text())
                .startsWith("unable to load model 'm', parameter '" + parameter + "' is '" + value + "' (expected");
    }

    private void assertRefused(String config, String text) {
        assertRefused(MODEL, config, text);
    }

    private void assertRefused(OnnxModel model, String config, String text) {
        InferenceException error = refused(model, config);

        assertThat(error.text()).isEqualTo(text);
        assertThat(error.code()).isEqualTo(ErrorCode.INVALID_ARG);
    }

    private InferenceException refused(OnnxModel model, String config) {
        return catchThrowableOfType(InferenceException.class, () -> start(model, config).close());
    }
}
