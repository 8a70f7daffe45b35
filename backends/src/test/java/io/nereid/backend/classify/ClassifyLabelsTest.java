package io.nereid.backend.classify;

import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.BytesElements;
import io.nereid.backend.CpuBudget;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.Requests;
import io.nereid.backend.RunningModel;
import io.nereid.backend.device.CudaDevices;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.Shape;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import org.junit.jupiter.api.AfterEach;
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
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Labels of all lengths, as many as there are and fewer, and rows that have the most of everything. */
final class ClassifyLabelsTest {
    private static final String FOUR = "input { name: 'X' data_type: TYPE_FP32 dims: 4 } ";

    private final TensorMemory memory = new PoisonedMemory(1 << 20, 0);
    private final ClassifyBackend backend = new ClassifyBackend(
            new BackendEnvironment(memory, Map.of(), new CpuBudget(1), CudaDevices.NONE));

    @TempDir
    private Path directory;

    @AfterEach
    void memory_afterEachTest_isGivenBack() {
        assertThat(memory.bytesInUse()).isZero();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a               | 4 | input 'X' has dims [4] (expected [1], as many as there are labels)
            'a\\nb\\nc'     | 4 | input 'X' has dims [4] (expected [3], as many as there are labels)
            'a\\nb\\nc\\n'  | 4 | input 'X' has dims [4] (expected [3], as many as there are labels)
            'a\\nb\\nc\\nd\\ne' | 4 | input 'X' has dims [4] (expected [5], as many as there are labels)
            'a\\nb\\nc\\nd\\n\\n' | 4 | input 'X' has dims [4] (expected [5], as many as there are labels)
            'a\\nb\\nc'     | -1 | input 'X' has dims [-1] (expected [3], as many as there are labels)
            """)
    void load_anotherNumberOfLabelsThanLogits_isRefused(String file, int dims, String text) throws Exception {
        labels(file.replace("\\n", "\n"));

        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> start(FOUR.replace("dims: 4", "dims: " + dims)))
                .withMessage("unable to load model 'food' with the classify backend: " + text);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            top_k: 0                   | parameter 'top_k' is '0' (expected a whole number from 1 to 2)
            top_k: -1                  | parameter 'top_k' is '-1' (expected a whole number from 1 to 2)
            top_k: 3                   | parameter 'top_k' is '3' (expected a whole number from 1 to 2)
            top_k: 1.0                 | parameter 'top_k' is '1.0' (expected a whole number from 1 to 2)
            top_k: 4294967297          | parameter 'top_k' is '4294967297' (expected a whole number from 1 to 2)
            top_k: 9223372036854775808 | parameter 'top_k' is '9223372036854775808' (expected a whole number from 1 to 2)
            """)
    void load_topKThatIsNone_isRefused(String parameter, String text) throws Exception {
        labels("a\nb\n");

        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> start("parameters { key: 'top_k' value { string_value: '"
                        + parameter.substring("top_k: ".length()) + "' } } "))
                .withMessage("unable to load model 'food' with the classify backend: " + text);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            3  | 3 | its output of labels has dims [3] (expected 1 to 2, as many as there are labels)
            -1 | 1 | its output of labels has dims [-1] (expected 1 to 2, as many as there are labels)
            2  | 1 | output 'P' has dims [1] (expected [2], by the parameter 'top_k')
            1  | 2 | output 'P' has dims [2] (expected [1], by the parameter 'top_k')
            """)
    void load_outputsOfOtherDims_areRefused(int labels, int probabilities, String text) throws Exception {
        labels("a\nb\n");

        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> start("output { name: 'L' data_type: TYPE_STRING dims: " + labels
                        + " } output { name: 'P' data_type: TYPE_FP32 dims: " + probabilities + " } "))
                .withMessage("unable to load model 'food' with the classify backend: " + text);
    }

    @Test
    void load_labelsThatAreNoText_areRefused() throws Exception {
        Files.write(directory.resolve("labels.txt"), new byte[]{'a', '\n', (byte) 0xff, (byte) 0xfe, '\n'});

        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> start(""))
                .withMessageStartingWith("unable to load model 'food' with the classify backend: failed to read label"
                        + " file 'labels.txt'");
    }

    @Test
    void load_labelsOutsideOfTheModel_areRefused() throws Exception {
        labels("a\n");
        Files.createDirectory(directory.resolve("inner"));

        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> RunningModel.start(backend,
                        new ModelVersion("food", 1, directory.resolve("inner"), directory.resolve("inner/1")),
                        RunningModel.config("food", config("../labels.txt", ""))))
                .withMessageStartingWith("unable to load model 'food' with the classify backend: ");
    }

    /** Lines may end as on any system; a label may have no letters at all. */
    @Test
    void execute_labelsOfAllLengths_areWhole() throws Exception {
        String longest = "é".repeat(3_000);
        labels("a\r\n\n" + longest + "\r\n  b c  ");
        try (RunningModel model = start(topK(4))) {
            InferenceResponse response = model.runOne(Requests.in(memory)
                    .floats("LOGITS", Shape.of(3, 4), 4, 3, 2, 1, 1, 2, 3, 4, 0, 0, 0, 0).rows(3).build());

            assertThat(labels(response)).containsExactly("a", "", longest, "  b c  ", "  b c  ", longest, "", "a", "a",
                    "", longest, "  b c  ");
            assertThat(Requests.output(response, "LABEL").shape()).isEqualTo(Shape.of(3, 4));
            assertThat(Requests.output(response, "PROBABILITY").byteSize()).isEqualTo(3 * 4 * 4);
            response.memory().release();
        }
    }

    @Test
    void execute_oneClass_isCertain() throws Exception {
        labels("only");
        try (RunningModel model = start("")) {
            InferenceResponse response = model.runOne(
                    Requests.in(memory).floats("LOGITS", Shape.of(1, 1), -7).rows(1).build());

            assertThat(labels(response)).containsExactly("only");
            assertThat(Requests.floats(Requests.output(response, "PROBABILITY"))).containsExactly(1);
            response.memory().release();
        }
    }

    @Test
    void execute_halves_haveTheirInfinitiesAndSmallest() throws Exception {
        labels("largest\nless\nsmallest\nzero");
        String halves = FOUR.replace("FP32", "FP16") + topK(4);
        ByteBuffer logits = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        for (int bits : new int[]{0x7bff, 0xfbff, 0x0001, 0x0000, 0xfc00, 0x3c00, 0x7e00, 0x4000}) {
            logits.putShort((short) bits); // 65504, -65504, 6e-8, 0; -infinity, 1, NaN, 2
        }
        try (RunningModel model = start(halves)) {
            InferenceResponse response = model.runOne(
                    Requests.in(memory).input("X", DataType.FP16, Shape.of(2, 4), logits.array()).rows(2).build());

            assertThat(labels(response)).containsExactly("largest", "smallest", "zero", "less", "zero", "less",
                    "largest", "smallest");
            float[] probabilities = Requests.floats(Requests.output(response, "PROBABILITY"));
            assertThat(probabilities).startsWith(1, 0, 0, 0);
            response.memory().release();
        }
    }

    @Test
    void execute_logitsAtAnyAddress_areRead() throws Exception {
        labels("a\nb");
        try (RunningModel model = start("")) {
            for (int offset = 0; offset < 4; offset++) {
                InferenceResponse response = model.runOne(Requests.in(memory)
                        .misaligned("LOGITS", DataType.FP32, Shape.of(1, 2), Requests.bytes(1, 2), offset).build());
                assertThat(labels(response)).containsExactly("b");
                response.memory().release();
            }
        }
    }

    /** In a batch the request that cannot be answered fails alone. */
    @Test
    void execute_batch_failsTheRequestAloneThatHasNoLogits() throws Exception {
        labels("a\nb");
        try (RunningModel model = start("")) {
            List<Object> outcomes = model.run(
                    Requests.in(memory).floats("LOGITS", Shape.of(1, 2), 1, 2).build(),
                    Requests.in(memory).floats("OTHER", Shape.of(1, 2), 1, 2).build(),
                    Requests.in(memory).floats("LOGITS", Shape.of(2, 2), 2, 1, 1, 2).rows(2).build());

            assertThat(((InferenceException) outcomes.get(1)).text())
                    .isEqualTo("request 'id' has no input 'LOGITS', which the model needs");
            assertThat(labels((InferenceResponse) outcomes.get(0))).containsExactly("b");
            assertThat(labels((InferenceResponse) outcomes.get(2))).containsExactly("a", "b");
            ((InferenceResponse) outcomes.get(0)).memory().release();
            ((InferenceResponse) outcomes.get(2)).memory().release();
        }
    }

    @Test
    void execute_noMemoryForTheResponse_isUnavailable() throws Exception {
        labels("x".repeat(4_000) + "\nb");
        try (RunningModel model = start(topK(2))) {
            TensorBuffer others = memory.allocate((1 << 20) - 2_048);
            assertThatExceptionOfType(InferenceException.class)
                    .isThrownBy(() -> model
                            .runOne(Requests.in(memory).floats("LOGITS", Shape.of(1, 2), 1, 2).build()))
                    .satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.UNAVAILABLE));
            others.release();
        }
    }

    private void labels(String content) throws IOException {
        Files.writeString(directory.resolve("labels.txt"), content);
    }

    private RunningModel start(String more) throws InferenceException {
        ModelVersion version = new ModelVersion("food", 1, directory, directory.resolve("1"));
        return RunningModel.start(backend, version, RunningModel.config("food", config("labels.txt", more)));
    }

    private static String config(String labels, String more) {
        return "backend: 'classify' max_batch_size: 8 parameters { key: 'labels' value { string_value: '" + labels
                + "' } } " + more;
    }

    private static String topK(int count) {
        return "parameters { key: 'top_k' value { string_value: '" + count + "' } } ";
    }

    private static List<String> labels(InferenceResponse response) throws InferenceException {
        return BytesElements.of(Requests.output(response, "LABEL")).stream()
                .map(element -> new String(element.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8)).toList();
    }
}
