package io.nereid.modelrepo.config;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TextFormat;
import com.google.protobuf.util.JsonFormat;
import io.nereid.modelrepo.config.proto.ModelConfigProto;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/** Validates our reading of the JSON form against protobuf's, and against the form that we write ourselves. */
class ConfigJsonParserTest {
    /**
     * What protobuf's Java parser takes and Triton's does not, or the other way, and numbers that no enum has: see the
     * tests of these.
     */
    private static final Pattern DIFFERS = Pattern.compile("\"(true|false)\"|\\d{4,}[eE]|\\bnull\\b|NaN|Infinity");

    private static final Gson STRICT = new GsonBuilder().setStrictness(Strictness.STRICT).create();

    static Stream<String> files() {
        return Stream.of("every_field.pbtxt", "sequence.pbtxt").map(TestConfigs::resource);
    }

    static Stream<String> texts() {
        String ensemble = """
                platform: "ensemble"
                input { name: "IN" data_type: TYPE_FP32 dims: 4 }
                output { name: "OUT" data_type: TYPE_STRING dims: -1 }
                ensemble_scheduling {
                  step {
                    model_name: "a" model_version: -1
                    input_map { key: "X" value: "IN" } output_map { key: "Y" value: "OUT" }
                  }
                }
                """;
        return Stream.concat(files(), Stream.of(TestConfigs.SOUND, ensemble,
                TestConfigs.SOUND + "max_batch_size: 8 dynamic_batching { }",
                TestConfigs.SOUND + "version_policy { all { } } metric_tags { key: 'a' value: '\"\\\\\\n\\x01' }",
                TestConfigs.SOUND + "version_policy { latest { num_versions: 3 } } response_cache { enable: true }"));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void parseJson_whatToJsonWrites_isTheSameConfig(String text) {
        ModelConfig config = complete(text);
        assertThat(parseJson(config.toJson())).isEqualTo(config);
        assertThat(ModelConfigCompletion.complete(parseJson(config.toJson()), List.of(), List.of())).isEqualTo(config);
    }

    @ParameterizedTest
    @MethodSource("texts")
    void parse_whatProtobufWrites_isTheSameMessage(String text) throws Exception {
        ModelConfigProto.ModelConfig.Builder message = ModelConfigProto.ModelConfig.newBuilder();
        TextFormat.merge(text, message);
        for (JsonFormat.Printer printer : List.of(JsonFormat.printer(),
                JsonFormat.printer().preservingProtoFieldNames(),
                JsonFormat.printer().alwaysPrintFieldsWithNoPresence(), JsonFormat.printer().printingEnumsAsInts(),
                JsonFormat.printer().omittingInsignificantWhitespace())) {
            assertThat(ours(printer.print(message))).isEqualTo(message.build());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"name\":\"x\"}", "{\"name\":null}", "{\"maxBatchSize\":\"7\"}",
            "{\"max_batch_size\":1e2,\"name\":\"\\u00e9\\ud83d\\ude00\"}", "{\"max_batch_size\":-2147483648}",
            "{\"max_batch_size\":4.0}", "{\"max_batch_size\":0e9}", "{\"input\":[]}", "{\"input\":null}",
            "{\"input\":[{\"dims\":[1,\"-1\",9223372036854775807]}]}", "{\"input\":[{\"data_type\":11}]}",
            "{\"dynamic_batching\":{\"max_queue_delay_microseconds\":18446744073709551615}}",
            "{\"dynamic_batching\":{\"max_queue_delay_microseconds\":\"18446744073709551615\"}}",
            "{\"dynamic_batching\":{\"priority_queue_policy\":{\"18446744073709551615\":{},\"2\":{}}}}",
            "{\"dynamic_batching\":{},\"ensemble_scheduling\":null}",
            "{\"sequence_batching\":{\"direct\":{\"minimum_slot_utilization\":0.1}}}",
            "{\"sequence_batching\":{\"direct\":{\"minimum_slot_utilization\":\"-Infinity\"}}}",
            "{\"parameters\":{\"a\":{\"string_value\":\"b\"},\"\":{}}}", "{\"metric_tags\":{\"a\":\"b\"}}"})
    void parse_validText_readsWhatProtobufReads(String text) throws Exception {
        assertThat(ours(text)).isEqualTo(reference(text)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "[]", "\"x\"", "1", "null", "{", "{\"name\"}", "{\"name\":}", "{\"name\":\"x\",}",
            "{'name':'x'}", "{name:\"x\"}", "{\"name\":\"x\"} 1", "{\"name\":\"x\"}}",
            "{\"name\":{}}", "{\"nam\":\"x\"}", "{\"Name\":\"x\"}", "{\"max_batch_size\":2147483648}",
            "{\"max_batch_size\":1.5}", "{\"max_batch_size\":\"a\"}", "{\"max_batch_size\":true}",
            "{\"max_batch_size\":1e30}", "{\"input\":{}}", "{\"input\":[1]}",
            "{\"input\":[null]}", "{\"input\":[{\"data_type\":\"FP32\"}]}",
            "{\"input\":[{\"optional\":1}]}", "{\"parameters\":[]}", "{\"parameters\":{\"a\":null}}",
            "{\"parameters\":{\"a\":\"b\"}}",
            "{\"dynamic_batching\":{},\"sequence_batching\":{}}", "{\"metric_tags\":{\"a\":1,\"b\":{}}}",
            "{\"dynamic_batching\":{\"max_queue_delay_microseconds\":-1}}",
            "{\"dynamic_batching\":{\"max_queue_delay_microseconds\":18446744073709551616}}",
            "{\"dynamic_batching\":{\"priority_queue_policy\":{\"x\":{}}}}",
            "{\"sequence_batching\":{\"direct\":{\"minimum_slot_utilization\":1e39}}}"})
    void parse_invalidText_isRefusedAsByProtobuf(String text) {
        assertThat(reference(text)).as("protobuf takes it").isNull();
        assertThat(problems(text)).isNotEmpty();
    }

    @Test
    void parse_whereProtobufsLanguagesDiffer_followsTritons() throws Exception {
        assertThat(ours("{\"input\":[{\"data_type\":\"type_fp32\"}],\"instance_group\":[{\"kind\":\"Kind_Cpu\"}]}"))
                .isEqualTo(reference("{\"input\":[{\"data_type\":\"TYPE_FP32\"}],"
                        + "\"instance_group\":[{\"kind\":\"KIND_CPU\"}]}"));
        assertThat(problems("{\"input\":[{\"optional\":\"true\"}]}"))
                .containsExactly("1:23 expected true or false for 'optional', got \"true\"");
        assertThat(problems("{\"input\":[{\"data_type\":99}]}"))
                .containsExactly("1:24 expected a name for 'data_type', got '99'");
        assertThat(problems("{\"name\":[\"x\"]}")).containsExactly("1:9 expected a string for 'name', got an array");
        assertThat(problems("{\"max_batch_size\":[1]}")).hasSize(1);
        assertThat(problems("{\"input\":[{\"dims\":[[1]]}]}")).hasSize(1);
        assertThat(problems("{\"name\":\"a\",\"name\":\"b\"}"))
                .containsExactly("1:13 'name' is given more than once");
        assertThat(problems("{\"parameters\":{\"a\":{},\"a\":{}}}"))
                .containsExactly("1:23 key 'a' of 'parameters' is given more than once");
        assertThat(problems("{\"name\":\"\\ud800\"}"))
                .containsExactly("1:9 the string for 'name' is not valid Unicode");
    }

    @Test
    void parse_numbersThatWouldFillTheMemory_areRefusedAtOnce() {
        assertThat(problems("{\"max_batch_size\":1e999999999}"))
                .containsExactly("1:19 expected an int32 for 'max_batch_size', got '1e999999999'");
        assertThat(problems("{\"max_batch_size\":\"1e-999999999\"}")).hasSize(1);
        assertThat(problems("{\"max_batch_size\":\"" + "9".repeat(100_000) + "\"}")).hasSize(1);
        assertThat(problems("{\"max_batch_size\":" + "9".repeat(100_000) + "}")).hasSize(1);
        assertThat(problems("{\"max_batch_size\":0e999999999}")).isEmpty();
    }

    @Test
    void parse_severalProblems_listsEachWithItsPlaceAndTheNearestName() {
        assertThat(problems("""
                {
                  "max_batchsize": 4,
                  "input": [ { "name": "IN", "data_type": "FP32", "dims": [ 4, "x" ] } ],
                  "instance_group": { "count": 1 },
                  "dynamic_batching": { },
                  "ensembleScheduling": { "step": [ { "model_nam": 1 } ] }
                }
                """)).containsExactly(
                "2:3 unknown field 'max_batchsize' in ModelConfig (did you mean 'max_batch_size'?)",
                "3:43 unknown value 'FP32' for 'data_type' (did you mean 'TYPE_FP32'?)",
                "3:64 expected an int64 for 'dims', got \"x\"",
                "4:21 expected an array for 'instance_group', got an object",
                "6:3 'ensemble_scheduling' cannot stand beside 'dynamic_batching': only one of them may be given",
                "6:39 unknown field 'model_nam' in ModelEnsembling.Step (did you mean 'model_name'?)");
    }

    @Test
    void parseJson_wrongConfig_isReportedWithNameOfTheSourceAndCaret() {
        assertThatThrownBy(() -> ModelConfigParser.parseJson("m", "config override", """
                {
                  "backend": "identity",
                  "max_batch_size": -1
                }""", _ -> false)).isInstanceOf(ModelConfigException.class).hasMessage("""
                model configuration of 'm' has 1 problem:
                config override:3:3: 'max_batch_size' must be non-negative value for m, got -1
                      "max_batch_size": -1
                      ^""");
    }

    @Test
    void parseJson_nameOfAnotherModel_isRefusedAsInAFile() {
        assertThatThrownBy(() -> ModelConfigParser.parseJson("m", "config override",
                "{\"name\":\"other\",\"backend\":\"identity\"}", _ -> false)).isInstanceOf(ModelConfigException.class)
                .hasMessageContaining("unexpected directory name 'm' for model 'other'");
    }

    @Test
    void parseJson_backendLeftOut_isFilledInFromTheFilesAsForAFile() {
        ModelConfig config = ModelConfigParser.parseJson("m", "config override", "{}", "model.onnx"::equals);
        assertThat(config.backend()).isEqualTo("onnxruntime");
        assertThat(config.platform()).isEqualTo("onnxruntime_onnx");
        assertThat(config.defaultModelFilename()).isEqualTo("model.onnx");
    }

    @Test
    void parseJson_oneLongLine_isShownAroundTheProblem() {
        String filler = "\"metric_tags\":{\"a\":\"" + "x".repeat(5_000) + "\"}";
        ModelConfigException e = catchThrowableOfType(ModelConfigException.class,
                () -> parseJson("{" + filler + ",\"nam\":1," + filler.replace("metric_tags", "parameter") + "}"));
        assertThat(e.getMessage()).hasLineCount(7).hasSizeLessThan(1_200);
        List<String> lines = String.valueOf(e.getMessage()).lines().toList();
        assertThat(lines.get(2).charAt(lines.get(3).indexOf('^'))).isEqualTo('"');
        assertThat(lines.get(2).substring(lines.get(3).indexOf('^'))).startsWith("\"nam\":1");
    }

    @Test
    void parseJson_thousandsOfProblems_listsTheFirstHundred() {
        StringBuilder text = new StringBuilder("{\"backend\":\"identity\"");
        for (int i = 0; i < 5_000; i++) {
            text.append(",\"x").append(i).append("\":0");
        }
        ModelConfigException e = catchThrowableOfType(ModelConfigException.class,
                () -> parseJson(text.append('}').toString()));
        assertThat(e.problems()).hasSize(5_000);
        assertThat(e.getMessage()).contains("5000 problems").endsWith("... and 4900 more").hasSizeLessThan(40_000);
    }

    @Test
    void parse_nestedTooDeep_isAProblemAndNotTheEndOfTheStack() {
        int depth = 100_000;
        assertThat(problems("{\"a\":".repeat(depth) + "1" + "}".repeat(depth))).hasSize(2).anyMatch(
                text -> text.contains("Document nesting depth"));
        assertThat(problems("[".repeat(depth))).isNotEmpty();
    }

    @Test
    void parse_textTooLong_isRefusedUnread() {
        assertThat(problems("{\"name\":\"" + "x".repeat(ConfigJsonParser.MAX_CHARS) + "\"}"))
                .containsExactly("0:0 a configuration in JSON may have 1048576 characters, got 1048587");
    }

    /** Whatever a mutation does to a text: it is read as protobuf reads it, or refused with at least one problem. */
    @Test
    void parse_mutatedText_agreesWithProtobuf() throws Exception {
        long seed = 20261123;
        Random random = new Random(seed);
        List<String> originals = texts().map(text -> complete(text).toJson()).toList();
        int accepted = 0;
        for (int round = 0; round < 2_000; round++) {
            String text = mutate(originals.get(random.nextInt(originals.size())), random);
            if (DIFFERS.matcher(text).find()) {
                continue;
            }
            ModelConfigProto.ModelConfig expected = reference(text);
            String what = "seed " + seed + " round " + round + ":\n" + text;
            assertThat(problems(text).isEmpty()).as(what).isEqualTo(expected != null);
            if (expected != null) {
                accepted++;
                assertThat(ours(text)).as(what).isEqualTo(expected);
            }
        }
        assertThat(accepted).as("mutations that leave a valid text").isBetween(50, 1_950);
    }

    /** The whole way, with what validation makes of it: a configuration or a text with problems, and nothing else. */
    @Test
    void parseJson_mutatedText_isAConfigOrAListOfProblems() {
        Random random = new Random(20261124);
        List<String> originals = texts().map(text -> complete(text).toJson()).toList();
        int refused = 0;
        for (int round = 0; round < 2_000; round++) {
            String text = originals.get(random.nextInt(originals.size()));
            for (int times = 1 + random.nextInt(3); times > 0; times--) {
                text = mutate(text, random);
            }
            try {
                assertThat(parseJson(text).toJson()).isNotEmpty();
            } catch (ModelConfigException e) {
                assertThat(e.problems()).isNotEmpty();
                refused++;
            }
        }
        assertThat(refused).isBetween(50, 1_999);
    }

    private static String mutate(String text, Random random) {
        String glyphs = "{}[]:,\"-.0 1e\n\\ax";
        StringBuilder mutated = new StringBuilder(text);
        int at = random.nextInt(mutated.length());
        int length = Math.min(1 + random.nextInt(8), mutated.length() - at);
        switch (random.nextInt(4)) {
            case 0 -> mutated.delete(at, at + length);
            case 1 -> mutated.insert(at, glyphs.charAt(random.nextInt(glyphs.length())));
            case 2 -> mutated.setCharAt(at, glyphs.charAt(random.nextInt(glyphs.length())));
            default -> mutated.insert(random.nextInt(mutated.length()), mutated.substring(at, at + length));
        }
        return mutated.toString();
    }

    private static ModelConfig complete(String text) {
        String name = text.contains("name: \"every\"") ? "every" : "m";
        return ModelConfigCompletion.complete(ModelConfigParser.parse(name, "config.pbtxt", text, _ -> false),
                List.of(), List.of());
    }

    private static ModelConfig parseJson(String text) {
        String name = text.contains("\"name\":\"every\"") ? "every" : "m";
        return ModelConfigParser.parseJson(name, "config override", text, _ -> false);
    }

    private static List<String> problems(String text) {
        ConfigJsonParser parser = new ConfigJsonParser(text);
        parser.parse(Schema.MODEL_CONFIG);
        return parser.problems().stream()
                .map(problem -> problem.line() + ":" + problem.column() + " " + problem.message()).toList();
    }

    private static ModelConfigProto.ModelConfig ours(String text) throws InvalidProtocolBufferException {
        ConfigJsonParser parser = new ConfigJsonParser(text);
        MessageNode root = parser.parse(Schema.MODEL_CONFIG);
        assertThat(parser.problems()).as(text).isEmpty();
        return ModelConfigProto.ModelConfig.parseFrom(ModelConfigWire.encode(root));
    }

    private static ModelConfigProto.@Nullable ModelConfig reference(String text) {
        ModelConfigProto.ModelConfig.Builder builder = ModelConfigProto.ModelConfig.newBuilder();
        try {
            // JsonFormat is lenient about what is JSON at all
            var _ = STRICT.fromJson(text, JsonElement.class);
            JsonFormat.parser().merge(text, builder);
            return builder.build();
        } catch (JsonParseException | InvalidProtocolBufferException _) {
            return null;
        }
    }
}
