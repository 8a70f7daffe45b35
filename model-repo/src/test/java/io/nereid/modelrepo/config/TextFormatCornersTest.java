package io.nereid.modelrepo.config;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.stream.Stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Validates our reading of the text format against that of protobuf's C++ library, which is Triton's: a real Triton was
 * asked about each row of {@code text_format_corners.tsv}.
 */
class TextFormatCornersTest {

    static Stream<String> corners() {
        return TestConfigs.resource("text_format_corners.tsv").lines();
    }

    @ParameterizedTest
    @MethodSource("corners")
    void parse_cornerOfTheFormat_isJudgedAsByTriton(String row) {
        String[] columns = row.split("\t", 2);
        List<ConfigProblem> problems = parser(text(columns[1])).problems();
        if (columns[0].equals("taken")) {
            assertThat(problems).isEmpty();
        } else {
            assertThat(problems).isNotEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "\\ud83d\\ude00"      | \ud83d\ude00
            "\\U0000d83d\\ude00"  | \ud83d\ude00
            "\\u00e9\\u0041"      | \u00e9A
            "\\777\\x411\\1234"  | \ufffdA1S4
            "a\\xffb"             | a\ufffdb
            "\\ud83dx"            | \ufffdx
            "\\ud83d" "\\ude00"   | \ufffd\ufffd
            "\\U00110000"         | \\U00110000
            "a" 'b'               | ab
            """)
    void parse_string_isTheTextThatTritonReads(String literal, String value) {
        MessageNode parameter = (MessageNode) root("parameters { key: 'k' value { string_value: " + literal + " } }")
                .values(Schema.field(Schema.MODEL_CONFIG, "parameters")).getFirst().content();
        assertThat(parameter.message("value").string("string_value").replaceAll("\ufffd+", "\ufffd"))
                .isEqualTo(value.replaceAll("\ufffd+", "\ufffd"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0x1      | 1
            01       | 1
            0        | 0
            0x0      | 0
            """)
    void parse_numberForABool_isOneOrZeroInAnyBase(String number, long value) {
        assertThat(root("model_transaction_policy { decoupled: " + number + " }").message("model_transaction_policy")
                .bool("decoupled")).isEqualTo(value == 1);
    }

    @Test
    void parse_fieldTwiceWhoseFirstValueWasTheDefault_hasTheSecond() {
        MessageNode root = root("max_batch_size: 0 max_batch_size: 2 backend: '' backend: 'x'");
        assertThat(root.int32("max_batch_size")).isEqualTo(2);
        assertThat(root.string("backend")).isEqualTo("x");
        assertThat(root.values(Schema.field(Schema.MODEL_CONFIG, "max_batch_size"))).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            instance_group { kind: 7 }                   | 1:24 expected a name for 'kind', got '7'
            input { data_type: 32 }                      | 1:20 expected a name for 'data_type', got '32'
            input { data_type: -11 }                     | 1:20 expected a name for 'data_type', got '-11'
            batch_input { kind: 6 }                      | 1:21 expected a name for 'kind', got '6'
            batch_output { kind: 1 }                     | 1:22 expected a name for 'kind', got '1'
            """)
    void parse_numberThatNothingCouldBeDoneWith_isAProblem(String text, String problem) {
        assertThat(parser(text).problems()).singleElement()
                .satisfies(found -> assertThat(found.line() + ":" + found.column() + " " + found.message())
                        .isEqualTo(problem));
    }

    @Test
    void warnings_numberWithoutAName_countsAsTheDefault() {
        ModelConfig config = TestConfigs.parse("""
                backend: "identity" max_batch_size: 4
                input { name: "IN" data_type: TYPE_FP32 dims: [ 1, 2, 3 ] format: 7 }
                output { name: "OUT" data_type: TYPE_FP32 dims: 4 }
                dynamic_batching { default_queue_policy { timeout_action: -1 } }
                optimization { priority: 9 }
                """);
        assertThat(config.inputs().getFirst().format()).isEqualTo(ModelInput.Format.NONE);
        assertThat(((DynamicBatchingConfig) config.scheduling()).defaultQueuePolicy().timeoutAction())
                .isEqualTo(QueuePolicyConfig.TimeoutAction.REJECT);
        assertThat(config.optimization().priority()).isEqualTo(OptimizationConfig.Priority.DEFAULT);
        assertThat(config.warnings()).containsExactly(
                "config.pbtxt:2:67: 'format' has no value of number 7, which counts as its default; expected one of"
                        + " FORMAT_NONE, FORMAT_NHWC, FORMAT_NCHW",
                "config.pbtxt:4:59: 'timeout_action' has no value of number -1, which counts as its default; expected"
                        + " one of REJECT, DELAY",
                "config.pbtxt:5:26: 'priority' has no value of number 9, which counts as its default; expected one of"
                        + " PRIORITY_DEFAULT, PRIORITY_MAX, PRIORITY_MIN");
        assertThat(config.toJson()).contains("\"format\":7,").contains("\"priority\":9,");
    }

    @Test
    void warnings_bytesThatAreNoUtf8_areReportedWithTheirPlace() {
        assertThat(TestConfigs.parse(TestConfigs.SOUND + "parameters { key: '\\xff' value { string_value: 'a' } }")
                .warnings()).containsExactly("config.pbtxt:4:19: 'key' has bytes that are not UTF-8, which are read as"
                        + " U+FFFD; save the file as UTF-8");
        assertThat(TestConfigs.parse(TestConfigs.SOUND).warnings()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            \\xef\\xbb\\xbfname: 'm'   | \
            1:1 expected a field name, got a byte order mark (save the file as UTF-8 without one)
            name:\\xe3\\x80\\x80'm'    | 1:6 expected a quoted string for 'name', got the character U+3000
            name: 'a\\x00b'            | 1:7 string has a NUL character (expected \\0 in its place)
            \\x01                      | 1:1 expected a field name, got the character U+0001
            """)
    void parse_characterThatCannotBeSeen_isNamed(String escaped, String problem) {
        ConfigProblem first = parser(text(escaped)).problems().getFirst();
        assertThat(first.line() + ":" + first.column() + " " + first.message()).isEqualTo(problem);
    }

    /** A row's text as a file has it: {@code \\n}, {@code \\xff} and the like are one byte each. */
    private static String text(String escaped) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < escaped.length(); i++) {
            char c = escaped.charAt(i);
            if (c != '\\') {
                bytes.write(c);
                continue;
            }
            switch (escaped.charAt(++i)) {
                case 'n' -> bytes.write('\n');
                case 'r' -> bytes.write('\r');
                case 't' -> bytes.write('\t');
                case 'x' -> {
                    bytes.write(Integer.parseInt(escaped, i + 1, i + 3, 16));
                    i += 2;
                }
                default -> bytes.write('\\');
            }
        }
        return bytes.toString(UTF_8);
    }

    private static ConfigTextParser parser(String text) {
        ConfigTextParser parser = new ConfigTextParser(text);
        parser.parse(Schema.MODEL_CONFIG);
        return parser;
    }

    private static MessageNode root(String text) {
        ConfigTextParser parser = new ConfigTextParser(text);
        MessageNode root = parser.parse(Schema.MODEL_CONFIG);
        assertThat(parser.problems()).as(text).isEmpty();
        return root;
    }
}
