package io.nereid.backend.onnxruntime;

import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.CpuBudget;
import io.nereid.backend.Requests;
import io.nereid.backend.RunningModel;
import io.nereid.backend.device.CudaDevices;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.Shape;
import io.nereid.inference.TensorMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** No request with an empty dimension ends the process, and those that no operator minds are answered. */
final class EmptyDimensionsTest {
    private static final String ALLOW = "parameters { key: \"allow_empty_dimensions\" value { string_value: \"1\" } }";
    private static final int ABORTED = 128 + 6;
    private static final byte[] ONES = Requests.bytes(1, 1, 1, 1);

    @TempDir
    private Path folder;
    private final TensorMemory memory = new PoisonedMemory(1 << 20, 1 << 20);

    @AfterEach
    void everythingIsGivenBack() {
        assertThat(memory.bytesInUse()).isZero();
        memory.close();
    }

    /** A model of one operator, from {@code x} to {@code y}, and an input that ends the process in it. */
    @SuppressWarnings("ImmutableEnumChecker") // nobody changes them
    enum Deadly {
        ATTENTION("Attention", new OnnxModel().opset(23).input("x", DataType.FP32, "b", "h", "s", 8L)
                .output("y", DataType.FP32, "", "", "", "").node("Attention", "x,x,x", "y"), "-1,-1,-1,8", "-1,-1,-1,8",
                1, 0, 2, 8),
        CONV_TRANSPOSE("ConvTranspose", new OnnxModel().input("x", DataType.FP32, "b", 1L, "n")
                .output("y", DataType.FP32, "", "", "").constant("w", DataType.FP32, Requests.bytes(1, 1, 1), 1, 1, 3)
                .node("ConvTranspose", "x,w", "y"), "-1,1,-1", "-1,1,-1", 1, 1, 0),
        DFT("DFT", new OnnxModel().input("x", DataType.FP32, "b", "n", 1L).output("y", DataType.FP32, "", "", "")
                .node("DFT", "x", "y", OnnxModel.number("axis", 1)), "-1,-1,1", "-1,-1,2", 1, 0, 1),
        GRU("GRU", new OnnxModel().input("x", DataType.FP32, "s", "b", 1L).output("y", DataType.FP32, "", "", "", "")
                .constant("w", DataType.FP32, Requests.bytes(1, 1, 1), 1, 3, 1)
                .constant("r", DataType.FP32, Requests.bytes(1, 1, 1), 1, 3, 1)
                .node("GRU", "x,w,r", "y", OnnxModel.number("hidden_size", 1)), "-1,-1,1", "-1,1,-1,1", 1, 0, 1),
        LSTM("LSTM", lstm(), "-1,-1,1", "-1,1,-1,1", 1, 0, 1),
        LP_NORMALIZATION("LpNormalization", new OnnxModel().input("x", DataType.FP32, "b", "n")
                .output("y", DataType.FP32, "", "").node("LpNormalization", "x", "y", OnnxModel.number("axis", 0)),
                "-1,-1", "-1,-1", 0, 2),
        TOP_K("TopK", topK(), "-1,-1", "-1,-1", 0, 3),
        UNIQUE("Unique",
                new OnnxModel().opset(13).input("x", DataType.FP32, "b", "n").output("y", DataType.FP32, "", "")
                        .node("Unique", "x", "y", OnnxModel.number("axis", 0), OnnxModel.number("sorted", 1)),
                "-1,-1", "-1,-1", 3, 0),
        FEATURE_VECTORIZER("ai.onnx.ml.FeatureVectorizer", new OnnxModel().input("x", DataType.FP32, "b", "n")
                .output("y", DataType.FP32, "", "").node("ai.onnx.ml", "FeatureVectorizer", "x,x", "y",
                        OnnxModel.numbers("inputdimensions", 3, 3)),
                "-1,-1", "-1,-1", 0, 3);

        private final String operator;
        private final OnnxModel model;
        private final String config;
        private final Shape shape;

        Deadly(String operator, OnnxModel model, String dims, String outputDims, long... shape) {
            this.operator = operator;
            this.model = model;
            this.config = config(dims, outputDims);
            this.shape = Shape.of(shape);
        }
    }

    private static String config(String dims, String outputDims) {
        return "backend: \"onnxruntime\" input { name: \"x\" data_type: TYPE_FP32 dims: [" + dims + "] }"
                + " output { name: \"y\" data_type: TYPE_FP32 dims: [" + outputDims + "] } ";
    }

    private static OnnxModel topK() {
        return new OnnxModel().input("x", DataType.FP32, "b", "n").output("y", DataType.FP32, "", "")
                .constant("k", DataType.INT64, ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(1).array(),
                        1)
                .node("TopK", "x,k", "y,z");
    }

    private static OnnxModel lstm() {
        return new OnnxModel().input("x", DataType.FP32, "s", "b", 1L).output("y", DataType.FP32, "", "", "", "")
                .constant("w", DataType.FP32, ONES, 1, 4, 1).constant("r", DataType.FP32, ONES, 1, 4, 1)
                .node("LSTM", "x,w,r", "y", OnnxModel.number("hidden_size", 1));
    }

    private static RunningModel start(TensorMemory memory, Path folder, OnnxModel model, String config)
            throws Exception {
        OnnxRuntimeBackend backend = new OnnxRuntimeBackend(
                new BackendEnvironment(memory, Map.of(), new CpuBudget(1), new CudaDevices(List.of())));
        return RunningModel.start(backend, model.writeTo(Files.createTempDirectory(folder, "m"), "m"),
                RunningModel.config("m", config));
    }

    private Object run(RunningModel running, Shape shape) throws Exception {
        byte[] data = new byte[Math.toIntExact(shape.elementCount() * Float.BYTES)];
        return running.run(Requests.in(memory).input("x", DataType.FP32, shape, data).build()).getFirst();
    }

    private void assertAnswered(RunningModel running, Shape shape) throws Exception {
        Object outcome = run(running, shape);
        assertThat(outcome).as("for shape %s", shape).isInstanceOf(InferenceResponse.class);
        ((InferenceResponse) outcome).memory().release();
    }

    private void assertRefused(RunningModel running, Shape shape, String why) throws Exception {
        Object outcome = run(running, shape);
        assertThat(outcome).as("for shape %s", shape).isInstanceOfSatisfying(InferenceException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG);
            assertThat(e.text()).startsWith("input 'x': got shape " + shape).contains("empty: " + why);
        });
    }

    @ParameterizedTest
    @EnumSource
    void execute_emptyDimensionThatAnOperatorDoesNotBear_isRefusedAndOthersRun(Deadly deadly) throws Exception {
        try (RunningModel running = start(memory, folder, deadly.model, deadly.config)) {
            assertRefused(running, deadly.shape, "the model has operator " + deadly.operator + ",");
            long[] full = deadly.shape.toArray();
            for (int i = 0; i < full.length; i++) {
                full[i] = Math.max(full[i], 1);
            }
            assertAnswered(running, Shape.of(full));
        }
    }

    /**
     * The list is what ONNX Runtime does: each of them ends a process. If one no longer does, in a newer release, run
     * the experiment again (interop/empty_dimensions.py).
     */
    @ParameterizedTest
    @EnumSource
    void execute_emptyDimensionThatIsAllowed_endsTheProcess(Deadly deadly) throws Exception {
        Process process = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED", "-XX:-CreateCoredumpOnCrash", "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", "-XX:ErrorFile=" + folder.resolve("crash.log"), "-cp",
                System.getProperty("java.class.path"), Child.class.getName(), deadly.name(), folder.toString())
                .redirectErrorStream(true).redirectOutput(folder.resolve("out").toFile()).start();
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        String output = Files.readString(folder.resolve("out"));
        assertThat(output).contains(Child.RUNNING).doesNotContain(Child.ALIVE);
        boolean signalled = output.contains("A fatal error has been detected by the Java Runtime Environment");
        assertThat(signalled || process.exitValue() == ABORTED).as("exit %d, %s", process.exitValue(), output).isTrue();
    }

    /** Runs one of the models on an empty dimension that its configuration allows. */
    static final class Child {
        static final String RUNNING = "the model runs";
        static final String ALIVE = "and still does";

        private Child() {}

        @SuppressWarnings("SystemOut") // what the parent reads
        public static void main(String[] arguments) throws Exception {
            Deadly deadly = Deadly.valueOf(arguments[0]);
            TensorMemory memory = new TensorMemory(1 << 20, 0);
            RunningModel running = start(memory, Path.of(arguments[1]), deadly.model, deadly.config + ALLOW);
            System.out.println(RUNNING);
            running.run(Requests.in(memory).input("x", DataType.FP32, deadly.shape, new byte[0]).build());
            System.out.println(ALIVE);
            Runtime.getRuntime().halt(0);
        }
    }

    @Test
    void execute_emptyDimensionsThatEveryOperatorBears_areAnswered() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "b", "n").output("y", DataType.FP32, "", "")
                .node("Neg", "x", "a").node("Concat", "a,x", "c", OnnxModel.number("axis", 1))
                .node("Softmax", "c", "y");
        try (RunningModel running = start(memory, folder, model, config("-1,-1", "-1,-1"))) {
            for (Shape shape : List.of(Shape.of(0, 3), Shape.of(3, 0), Shape.of(0, 0))) {
                assertAnswered(running, shape);
            }
        }
    }

    @Test
    void execute_lstmThatReadsTheInputItself_takesASequenceWithoutSteps() throws Exception {
        try (RunningModel running = start(memory, folder, lstm(), config("-1,-1,1", "-1,1,-1,1"))) {
            assertAnswered(running, Shape.of(0, 2, 1));
            assertRefused(running, Shape.of(0, 0, 1), "the model has operator LSTM");
        }
    }

    @Test
    void execute_lstmThatReadsSomethingElse_takesNone() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "s", "b", 1L)
                .output("y", DataType.FP32, "", "", "", "").constant("w", DataType.FP32, ONES, 1, 4, 1)
                .constant("r", DataType.FP32, ONES, 1, 4, 1).node("Neg", "x", "t")
                .node("LSTM", "t,w,r", "y", OnnxModel.number("hidden_size", 1));
        try (RunningModel running = start(memory, folder, model, config("-1,-1,1", "-1,1,-1,1"))) {
            assertRefused(running, Shape.of(0, 2, 1), "the model has operator LSTM");
        }
    }

    @Test
    void execute_operatorInANestedGraph_isFound() throws Exception {
        OnnxModel then = new OnnxModel().output("p", DataType.FP32, "", "").node("TopK", "x,k", "p,q");
        OnnxModel otherwise = new OnnxModel().output("r", DataType.FP32, "", "").node("Neg", "x", "r");
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "b", "n").output("y", DataType.FP32, "", "")
                .constant("c", DataType.BOOL, new byte[]{1})
                .constant("k", DataType.INT64, new byte[]{1, 0, 0, 0, 0, 0, 0, 0}, 1)
                .node("If", "c", "y", then.asAttribute("then_branch"), otherwise.asAttribute("else_branch"));
        try (RunningModel running = start(memory, folder, model, config("-1,-1", "-1,-1"))) {
            assertRefused(running, Shape.of(0, 3), "the model has operator TopK");
            assertAnswered(running, Shape.of(2, 3));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Neg", "LpNormalization"})
    void execute_functionOfTheModelsOwn_isWhatItIsMadeOf(String operator) throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "b", "n").output("y", DataType.FP32, "", "")
                .function("own", "Made", operator).node("own", "Made", "x", "y");
        try (RunningModel running = start(memory, folder, model, config("-1,-1", "-1,-1"))) {
            if (operator.equals("Neg")) {
                assertAnswered(running, Shape.of(0, 3));
            } else {
                assertRefused(running, Shape.of(0, 3), "the model has operator LpNormalization,");
            }
        }
    }

    @Test
    void execute_operatorsOfOtherDomains_areTakenToBearNothingUnlessAllowed() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "b", "n").output("y", DataType.FP32, "", "")
                .node("com.microsoft", "Gelu", "x", "y");
        try (RunningModel running = start(memory, folder, model, config("-1,-1", "-1,-1"))) {
            assertRefused(running, Shape.of(0, 3), "the model has operator com.microsoft.Gelu,");
        }
        try (RunningModel running = start(memory, folder, model, config("-1,-1", "-1,-1") + ALLOW)) {
            assertAnswered(running, Shape.of(0, 3));
        }
    }

    @Test
    void execute_batchWithOneEmptyRequest_answersTheOthers() throws Exception {
        String config = "backend: \"onnxruntime\" max_batch_size: 8 input { name: \"x\" data_type: TYPE_FP32 dims: -1 }"
                + " output { name: \"y\" data_type: TYPE_FP32 dims: -1 }";
        try (RunningModel running = start(memory, folder, topK(), config)) {
            List<Object> outcomes = running.run(
                    Requests.in(memory).input("x", DataType.FP32, Shape.of(1, 0), new byte[0]).build(),
                    Requests.in(memory).input("x", DataType.FP32, Shape.of(1, 0), new byte[0]).build());
            assertThat(outcomes).hasSize(2).allSatisfy(outcome -> assertThat(outcome)
                    .isInstanceOfSatisfying(InferenceException.class, e -> assertThat(e.text()).contains("TopK")));
            assertThat(running.defects()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no model", "\u0008\u0009", ":\u007f\u0001"})
    void of_fileThatIsNoOnnxModel_allowsNone(String content) throws IOException {
        Path file = Files.writeString(folder.resolve("model.onnx"), content);
        boolean readable = content.isEmpty() || content.length() == 2; // messages without a graph, so without operators
        try {
            EmptyDimensions.of(file).check("x", Shape.of(0));
            assertThat(readable).isTrue();
        } catch (InferenceException e) {
            assertThat(readable).isFalse();
            assertThat(e.text()).contains("what operators it has cannot be read");
        }
    }
}
