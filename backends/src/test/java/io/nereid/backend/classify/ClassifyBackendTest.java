package io.nereid.backend.classify;

import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.BytesElements;
import io.nereid.backend.CpuBudget;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.Requests;
import io.nereid.backend.RunningModel;
import io.nereid.backend.device.CudaDevices;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.Shape;
import io.nereid.inference.TensorMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

final class ClassifyBackendTest {
    private static final String BATCHING = "backend: 'classify' max_batch_size: 8 ";
    private static final String LABELS = parameter("labels", "labels.txt");

    private final TensorMemory memory = new PoisonedMemory(1 << 20, 0);
    private final ClassifyBackend backend = new ClassifyBackend(
            new BackendEnvironment(memory, Map.of(), new CpuBudget(1), CudaDevices.NONE));

    @TempDir
    private Path directory;

    @BeforeEach
    void writeLabels() throws IOException {
        Files.writeString(directory.resolve("labels.txt"), "bread\ncrème brûlée\negg\nsoup\n");
    }

    @AfterEach
    void memory_afterEachTest_isGivenBack() {
        assertThat(memory.bytesInUse()).isZero();
    }

    @Test
    void execute_softmax_givesTheLikeliestOfEachRow() throws Exception {
        try (RunningModel model = start(BATCHING + LABELS + parameter("top_k", "3"))) {
            InferenceResponse response = model.runOne(Requests.in(memory)
                    .floats("LOGITS", Shape.of(2, 4), 1, 3, 2, 0, -1, -2, -3, 5).rows(2).build());

            assertThat(labels(response, "LABEL")).isEqualTo("crème brûlée, egg, bread, soup, bread, crème brûlée");
            float[] probabilities = Requests.floats(Requests.output(response, "PROBABILITY"));
            double sum = Math.exp(1) + Math.exp(3) + Math.exp(2) + Math.exp(0);
            assertThat(probabilities[0]).isCloseTo((float) (Math.exp(3) / sum), within(1e-7f));
            assertThat(probabilities[1]).isCloseTo((float) (Math.exp(2) / sum), within(1e-7f));
            assertThat(Requests.output(response, "LABEL").shape()).isEqualTo(Shape.of(2, 3));
            assertThat(Requests.output(response, "PROBABILITY").shape()).isEqualTo(Shape.of(2, 3));
            response.memory().release();
        }
    }

    @Test
    void execute_sigmoidOfHalves_givesEachProbabilityByItself() throws Exception {
        String tensors = """
                backend: 'classify'
                input { name: 'logits' data_type: TYPE_FP16 dims: 4 }
                output { name: 'food' data_type: TYPE_STRING dims: 1 label_filename: 'labels.txt' }
                output { name: 'sure' data_type: TYPE_FP32 dims: 1 }
                """ + parameter("activation", "sigmoid");
        ByteBuffer halves = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        for (float logit : new float[]{0.5f, -1, 2, 1}) {
            halves.putShort(Float.floatToFloat16(logit));
        }
        try (RunningModel model = start(tensors)) {
            InferenceResponse response = model.runOne(
                    Requests.in(memory).input("logits", DataType.FP16, Shape.of(4), halves.array()).build());

            assertThat(labels(response, "food")).isEqualTo("egg");
            assertThat(Requests.floats(Requests.output(response, "sure")))
                    .containsExactly((float) (1 / (1 + Math.exp(-2))));
            assertThat(Requests.output(response, "sure").shape()).isEqualTo(Shape.of(1));
            response.memory().release();
        }
    }

    @Test
    void execute_oneOutputWanted_givesThatOne() throws Exception {
        try (RunningModel model = start(BATCHING + LABELS)) {
            InferenceResponse response = model.runOne(Requests.in(memory)
                    .floats("LOGITS", Shape.of(1, 4), 1, 3, 2, 0).wanting("PROBABILITY").build());

            assertThat(response.outputs()).singleElement()
                    .satisfies(output -> assertThat(output.name()).isEqualTo("PROBABILITY"));
            response.memory().release();
        }
    }

    @Test
    void first_equalAndUnorderedLogits_ranksLowerClassesFirstAndNanLast() {
        float[] logits = {Float.NaN, -0f, 0f, 1, Float.NEGATIVE_INFINITY, 1, Float.POSITIVE_INFINITY, -1e-30f, -2, -3};

        assertThat(Ranking.first(10, logits)).containsExactly(6, 3, 5, 1, 2, 7, 8, 9, 4, 0);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            top_k=1                            |                                                        | it names no labels (expected a parameter 'labels' or a label_filename of the output of TYPE_STRING: a file with one label per line)
            labels=labels.txt;top_k=5          |                                                        | parameter 'top_k' is '5' (expected a whole number from 1 to 4)
            labels=labels.txt;activation=tanh  |                                                        | parameter 'activation' is 'tanh' (expected softmax or sigmoid)
            labels=labels.txt;k=1              |                                                        | it has a parameter 'k' (did you mean 'top_k'?) (expected only activation, top_k, labels)
            labels=empty.txt                   |                                                        | the label file 'empty.txt' is empty (expected one label per line)
            labels=labels.txt                  | input { name: 'a' data_type: TYPE_FP32 dims: 5 }       | input 'a' has dims [5] (expected [4], as many as there are labels)
            labels=labels.txt                  | input { name: 'a' data_type: TYPE_INT32 dims: 4 }      | input 'a' has data_type TYPE_INT32 (expected TYPE_FP32 or TYPE_FP16: logits)
            labels=labels.txt                  | output { name: 'a' data_type: TYPE_STRING dims: 1 }    | it has 1 inputs and 1 outputs (expected one and two: the labels and the probabilities)
            """)
    void load_whatDoesNotAgree_saysWhatIsExpected(String parameters, String tensors, String text) throws Exception {
        Files.createFile(directory.resolve("empty.txt"));
        StringBuilder config = new StringBuilder(BATCHING).append(tensors == null ? "" : tensors);
        for (String parameter : parameters.split(";", -1)) {
            config.append(parameter(parameter.split("=", 2)[0], parameter.split("=", 2)[1]));
        }
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> start(config.toString()))
                .withMessage("unable to load model 'food' with the classify backend: " + text);
    }

    @Test
    void load_labelsThatAreNotThere_saysSo() {
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> start(BATCHING + parameter("labels", "nowhere.txt")))
                .withMessageContaining("with the classify backend: failed to open text file for read");
    }

    private RunningModel start(String config) throws InferenceException {
        ModelVersion version = new ModelVersion("food", 1, directory, directory.resolve("1"));
        return RunningModel.start(backend, version, RunningModel.config("food", config));
    }

    private static String parameter(String name, String value) {
        return "parameters { key: '" + name + "' value { string_value: '" + value + "' } } ";
    }

    private static String labels(InferenceResponse response, String output) throws InferenceException {
        return String.join(", ", BytesElements.of(Requests.output(response, output)).stream()
                .map(element -> new String(element.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8)).toList());
    }
}
