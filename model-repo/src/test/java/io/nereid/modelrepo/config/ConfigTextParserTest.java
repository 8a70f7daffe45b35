package io.nereid.modelrepo.config;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TextFormat;
import io.nereid.modelrepo.config.proto.ModelConfigProto;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;

/** Validates our reading of the text format against protobuf's. */
class ConfigTextParserTest {

    private static final TextFormat.Parser REFERENCE = TextFormat.Parser.newBuilder()
            .setSingularOverwritePolicy(TextFormat.Parser.SingularOverwritePolicy.FORBID_SINGULAR_OVERWRITES).build();

    /** What the parsers of protobuf's languages judge differently: see the test of that. */
    private static final Pattern DIFFERS = Pattern
            .compile("-\\s|--|\\\\([2-3][0-7]|X)|\\b0\\d|(data_type|format|kind|priority|timeout_action):\\s*\\d");

    @ParameterizedTest
    @ValueSource(strings = {"", "# nothing", "name: 'it\\'s'", "name: \"a\" 'b'\n\"c\"", "max_batch_size: 017",
            "max_batch_size: -0x1F", "max_batch_size: -2147483648", "input: { }", "input <name: 'x'>", "input: [ ]",
            "input { dims: [ ] }", "input { dims: [ 1, -1 ] dims: 3; dims: 4, }",
            "input [ { name: 'a' }, < name: 'b' > ]",
            "dynamic_batching { max_queue_delay_microseconds: 0xFFFFFFFFFFFFFFFF }",
            "dynamic_batching { preserve_ordering: 1 }", "dynamic_batching { preserve_ordering: t }",
            "dynamic_batching { preserve_ordering: False }", "input { data_type: 11 }",
            "input { data_type: TYPE_BF16 }",
            "sequence_batching { direct { minimum_slot_utilization: .5 } }",
            "sequence_batching { direct { minimum_slot_utilization: 1e-3f } }",
            "sequence_batching { direct { minimum_slot_utilization: -inf } }",
            "sequence_batching { direct { minimum_slot_utilization: 3 } }",
            "parameters { key: 'a' value: { string_value: 'b' } } parameters { key: 'a' value { string_value: 'c' } }",
            "name: '\\a\\b\\f\\n\\r\\t\\v\\\\\\?\\\"\\x41\\101\\u00e9\\U0001F600'", "name: 'é😀'",
            "input{dims:[9223372036854775807,-9223372036854775808]}", "name:'x'backend:'y'"})
    void parse_validText_readsWhatProtobufReads(String text) throws Exception {
        assertThat(ours(text)).isEqualTo(reference(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"name", "name 'x'", "name: x", "name: 1", "name: 'x", "name: 'x\\q'",
            "name: 'a' name: 'b'", "max_batch_size: 2147483648", "max_batch_size: 08", "max_batch_size: 1.0",
            "max_batch_size: '1'", "max_batch_size: - ", "max_batch_size: 1a", "max_batch_size: [1]", "nam: 'x'",
            "nam { x: 1 }", "input { dims: [1, ] }", "input { dims: [1 2] }", "input { dims: [1 }", "input { ", "}",
            "input ]",
            "input: 3", "input { data_type: FP32 }", "dynamic_batching { preserve_ordering: 2 }",
            "dynamic_batching { max_queue_delay_microseconds: -1 }",
            "dynamic_batching { max_queue_delay_microseconds: 18446744073709551616 }",
            "dynamic_batching { } ensemble_scheduling { }", "dynamic_batching { } dynamic_batching { }",
            "sequence_batching { direct { minimum_slot_utilization: 0x1 } }", "[inference.x]: 1", "input { name: 'a' >",
            "@", "name:: 'x'", "name: ,", "input: [ { }, ] "})
    void parse_invalidText_isRefusedAsByProtobuf(String text) {
        assertThat(reference(text)).as("protobuf takes it").isNull();
        assertThat(parser(text).problems()).isNotEmpty();
    }

    @Test
    void parse_unknownFieldNestedWithoutEnd_isAProblemAndNotTheEndOfTheStack() {
        int depth = 100_000;
        assertThat(parser("a { ".repeat(depth) + "}".repeat(depth)).problems())
                .containsExactly(new ConfigProblem("unknown field 'a' in ModelConfig", 1, 1));
        assertThat(parser("a { ".repeat(depth)).problems()).hasSize(depth + 1);
    }

    /** More of that, as a Triton judges it: {@link TextFormatCornersTest}. */
    @Test
    void parse_whereProtobufsLanguagesDiffer_followsTritons() {
        assertThat(parser("max_batch_size: - 2").problems()).isEmpty();
        assertThat(parser("max_batch_size: --2").problems()).isNotEmpty();
    }

    @Test
    void parse_everyField_readsWhatProtobufReads() throws Exception {
        for (String name : List.of("every_field.pbtxt", "sequence.pbtxt")) {
            String text = TestConfigs.resource(name);
            assertThat(reference(text)).isNotNull();
            assertThat(ours(text)).as(name).isEqualTo(reference(text));
        }
    }

    /** Whatever a mutation does to a file: it is read as protobuf reads it, or refused with at least one problem. */
    @Test
    void parse_mutatedText_agreesWithProtobuf() throws Exception {
        long seed = 20261122;
        Random random = new Random(seed);
        int accepted = 0;
        for (int round = 0; round < 1_000; round++) {
            String text = mutate(TestConfigs.resource(random.nextBoolean() ? "every_field.pbtxt" : "sequence.pbtxt"),
                    random);
            if (DIFFERS.matcher(text).find()) {
                continue;
            }
            ModelConfigProto.ModelConfig expected = reference(text);
            ConfigTextParser parser = parser(text);
            String what = "seed " + seed + " round " + round + ":\n" + text;
            assertThat(parser.problems().isEmpty()).as(what).isEqualTo(expected != null);
            if (expected != null) {
                accepted++;
                assertThat(ours(text)).as(what).isEqualTo(expected);
            }
        }
        assertThat(accepted).as("mutations that leave a valid file").isBetween(25, 975);
    }

    private static String mutate(String text, Random random) {
        String glyphs = "{}[]<>:,;\"'#-.x0 1\n\\";
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

    @Test
    void parse_prefixesOfAFile_endsAndIsJudgedAsByProtobuf() {
        String text = TestConfigs.resource("every_field.pbtxt");
        List<Integer> differing = new ArrayList<>();
        for (int length = 0; length < text.length(); length += 7) {
            String prefix = text.substring(0, length);
            if (parser(prefix).problems().isEmpty() != (reference(prefix) != null)) {
                differing.add(length);
            }
        }
        assertThat(differing).isEmpty();
    }

    private static ConfigTextParser parser(String text) {
        ConfigTextParser parser = new ConfigTextParser(text);
        parser.parse(Schema.MODEL_CONFIG);
        return parser;
    }

    private static ModelConfigProto.ModelConfig ours(String text) throws InvalidProtocolBufferException {
        ConfigTextParser parser = new ConfigTextParser(text);
        MessageNode root = parser.parse(Schema.MODEL_CONFIG);
        assertThat(parser.problems()).as(text).isEmpty();
        return ModelConfigProto.ModelConfig.parseFrom(ModelConfigWire.encode(root));
    }

    private static ModelConfigProto.@Nullable ModelConfig reference(String text) {
        ModelConfigProto.ModelConfig.Builder builder = ModelConfigProto.ModelConfig.newBuilder();
        try {
            REFERENCE.merge(text, builder);
            return builder.build();
        } catch (TextFormat.ParseException _) {
            return null;
        }
    }
}
