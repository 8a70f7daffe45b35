package io.nereid.backend.tokenizer;

import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.CpuBudget;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.Requests;
import io.nereid.backend.RunningModel;
import io.nereid.backend.device.CudaDevices;
import io.nereid.inference.DataType;
import io.nereid.inference.ElementLayout;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Ids by a small vocabulary; interop/test_embeddings.py holds a real one against the library that it comes from. */
final class TokenizerBackendTest {
    private static final String CONFIG = "backend: 'tokenizer' max_batch_size: 4 ";
    private static final List<String> VOCABULARY = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "##aff",
            "##able", "aff", "cafe", "!", "中", "##文", "文", "i", "##̇", "a");
    private static final String JSON = """
            {"truncation": {"max_length": 6}, "padding": {"pad_id": 9},
             "added_tokens": [{"id": 3, "content": "[SEP]", "normalized": false}],
             "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                            "strip_accents": null, "lowercase": true},
             "pre_tokenizer": {"type": "BertPreTokenizer"},
             "post_processor": {"type": "BertProcessing", "cls": ["[CLS]", 2], "sep": ["[SEP]", 3]},
             "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                       "max_input_chars_per_word": 9, "vocab": {"[UNK]": 1, "a": 16, "b": 17}}}
            """;

    private final TensorMemory memory = new PoisonedMemory(1 << 20, 0);
    private final TokenizerBackend backend = new TokenizerBackend(
            new BackendEnvironment(memory, Map.of(), new CpuBudget(1), CudaDevices.NONE));

    @TempDir
    private Path directory;

    @BeforeEach
    void writeVocabulary() throws IOException {
        Files.write(directory.resolve("vocab.txt"), VOCABULARY);
    }

    @AfterEach
    void memory_afterEachTest_isGivenBack() {
        assertThat(memory.bytesInUse()).isZero();
    }

    @Test
    void execute_severalTexts_arePaddedToTheLongest() throws Exception {
        try (RunningModel model = start(CONFIG)) {
            InferenceResponse response = run(model, "unaffable!", "a");
            assertThat(rows(response, "input_ids")).containsExactly(List.of(2L, 5L, 6L, 7L, 10L, 3L),
                    List.of(2L, 16L, 3L, 0L, 0L, 0L));
            assertThat(rows(response, "attention_mask")).containsExactly(List.of(1L, 1L, 1L, 1L, 1L, 1L),
                    List.of(1L, 1L, 1L, 0L, 0L, 0L));
            assertThat(rows(response, "token_type_ids")).containsOnly(List.of(0L, 0L, 0L, 0L, 0L, 0L));
            response.memory().release();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"CAF\u00c9! caf\u00e9 | 2 9 10 9 3", "\u4e2d\u6587 | 2 11 13 3",
            "\u0130 | 2 14 3", "[SEP]a[MASK] | 2 3 16 4 3", "affaff unx a\u0007ff | 2 8 6 1 8 3", "'' | 2 3",
            "a\u200b\u00a0\u3000 a | 2 16 16 3", "[sep] | 2 1 1 1 3", "a\u000ba | 2 1 3"})
    void execute_eachText_becomesTheseTokens(String text, String ids) throws Exception {
        try (RunningModel model = start(CONFIG)) {
            InferenceResponse response = run(model, text);
            assertThat(String.join(" ", rows(response, "input_ids").getFirst().stream().map(String::valueOf).toList()))
                    .isEqualTo(ids);
            response.memory().release();
        }
    }

    @Test
    void execute_caseThatCounts_keepsAccentsToo() throws Exception {
        try (RunningModel model = start(CONFIG + parameter("lowercase", "false"))) {
            InferenceResponse response = run(model, "Cafe cafe caf\u00e9");
            assertThat(rows(response, "input_ids")).containsExactly(List.of(2L, 1L, 9L, 1L, 3L));
            response.memory().release();
        }
    }

    @Test
    void execute_moreTokensThanMayBe_areCutButForTheLast() throws Exception {
        try (RunningModel model = start(CONFIG + parameter("max_tokens", "5"))) {
            InferenceResponse response = run(model, "a a unaffable a");
            assertThat(rows(response, "input_ids")).containsExactly(List.of(2L, 16L, 16L, 5L, 3L));
            response.memory().release();
        }
    }

    @Test
    void execute_tokenizerJson_isWhatCounts() throws Exception {
        Files.writeString(directory.resolve("tokenizer.json"), JSON);
        try (RunningModel model = start(CONFIG)) {
            InferenceResponse response = run(model, "a B a b a b [SEP]", "aaaaaaaaaa[SEP]");
            assertThat(rows(response, "input_ids")).containsExactly(List.of(2L, 16L, 17L, 16L, 17L, 3L),
                    List.of(2L, 1L, 3L, 3L, 9L, 9L));
            response.memory().release();
        }
    }

    @Test
    void execute_narrowOutputsAndTheCount_areGivenAsConfigured() throws Exception {
        String outputs = "output { name: 'input_ids' data_type: TYPE_INT32 dims: -1 }"
                + " output { name: 'num_tokens' data_type: TYPE_INT32 dims: 1 }";
        try (RunningModel model = start(CONFIG + outputs)) {
            InferenceResponse response = run(model, "a a", "a");
            assertThat(rows(response, "input_ids")).containsExactly(List.of(2L, 16L, 16L, 3L),
                    List.of(2L, 16L, 3L, 0L));
            assertThat(rows(response, "num_tokens")).containsExactly(List.of(4L), List.of(3L));
            response.memory().release();
        }
    }

    @Test
    void execute_bytesThatAreNoText_areRefused() throws Exception {
        try (RunningModel model = start(CONFIG)) {
            byte[] data = {1, 0, 0, 0, (byte) 0xFF};
            assertThatThrownBy(() -> model.runOne(
                    Requests.in(memory).input("text", DataType.BYTES, Shape.of(1, 1), data).rows(1).build()))
                    .hasMessageContaining("input 'text', text 1: is not valid UTF-8");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"WordPiece | BPE | its model has the type BPE (expected WordPiece",
            "BertNormalizer | NFC | its normalizer has the type NFC",
            "\"max_length\": 6 | \"x\": 6 | its max_length is null",
            "\"normalized\": false | \"lstrip\": true | its added token [SEP] has lstrip true",
            "\"unk_token\": \"[UNK]\" | \"unk_token\": \"?\" | it has no token ?"})
    void load_anotherTokenizer_saysWhatIsExpected(String from, String to, String text) throws IOException {
        Files.writeString(directory.resolve("tokenizer.json"), JSON.replace(from, to));
        assertThatThrownBy(() -> start(CONFIG)).hasMessageContaining(text);
    }

    @Test
    void load_filesAndTensorsThatDoNotFit_sayWhatIsExpected() throws IOException {
        assertThatThrownBy(() -> start(CONFIG + parameter("file", "../vocab.txt")))
                .hasMessageContaining("it has no file ../vocab.txt in its directory");
        assertThatThrownBy(() -> start(CONFIG + "output { name: 'ids' data_type: TYPE_INT64 dims: -1 }"))
                .hasMessageContaining("it has an output 'ids' (expected only input_ids, attention_mask");
        assertThatThrownBy(() -> start(CONFIG + "output { name: 'input_ids' data_type: TYPE_FP32 dims: -1 }"))
                .hasMessageContaining("(expected TYPE_INT64 or TYPE_INT32, and [-1])");
        Files.delete(directory.resolve("vocab.txt"));
        assertThatThrownBy(() -> start(CONFIG)).hasMessageContaining("it has no tokenizer.json and no vocab.txt");
        Files.writeString(directory.resolve("tokenizer.json"), "{");
        assertThatThrownBy(() -> start(CONFIG)).hasMessageContaining("its file tokenizer.json: ");
    }

    private InferenceResponse run(RunningModel model, String... texts) throws Exception {
        String[] bytes = Arrays.stream(texts)
                .map(text -> new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1))
                .toArray(String[]::new);
        return model.runOne(Requests.in(memory)
                .input("text", DataType.BYTES, Shape.of(texts.length, 1), Requests.strings(bytes)).rows(texts.length)
                .build());
    }

    private static List<List<Long>> rows(InferenceResponse response, String name) {
        Tensor tensor = Requests.output(response, name);
        int size = tensor.dataType().byteSize();
        List<List<Long>> rows = new ArrayList<>();
        for (long row = 0; row < tensor.shape().dim(0); row++) {
            List<Long> numbers = new ArrayList<>();
            for (long i = 0; i < tensor.shape().dim(1); i++) {
                long at = (row * tensor.shape().dim(1) + i) * size;
                numbers.add(size == Long.BYTES ? tensor.data().get(ElementLayout.LONG, at)
                        : tensor.data().get(ElementLayout.INT, at));
            }
            rows.add(numbers);
        }
        return rows;
    }

    private RunningModel start(String config) throws InferenceException {
        ModelVersion version = new ModelVersion("words", 1, directory, directory.resolve("1"));
        return RunningModel.start(backend, version, RunningModel.config("words", config));
    }

    private static String parameter(String name, String value) {
        return "parameters { key: '" + name + "' value { string_value: '" + value + "' } } ";
    }
}
