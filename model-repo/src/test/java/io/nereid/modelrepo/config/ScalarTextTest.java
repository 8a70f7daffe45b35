package io.nereid.modelrepo.config;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Which words are values of which fields, in the text format. */
class ScalarTextTest {

    private static FieldDescriptor field(String path) {
        Descriptor type = Schema.MODEL_CONFIG;
        String[] steps = path.split("\\.", -1);
        for (int i = 0; i < steps.length - 1; i++) {
            type = Schema.field(type, steps[i]).getMessageType();
        }
        return Schema.field(type, steps[steps.length - 1]);
    }

    private static @Nullable Object read(String path, String text) {
        boolean negative = text.startsWith("-");
        Token word = new Tokenizer(negative ? text.substring(1) : text).next();
        return ScalarText.read(field(path), word, negative);
    }

    @ParameterizedTest
    @CsvSource(nullValues = "none", value = {"0, 0", "-0, 0", "7, 7", "010, 8", "0x10, 16", "0XfF, 255",
            "2147483647, 2147483647", "-2147483648, -2147483648", "2147483648, none", "-2147483649, none", "1.0, none",
            "1e3, none", "08, none", "0xg, none", "inf, none", "'\"1\"', none", "true, none", "1f, none",
            "99999999999999999999, none"})
    void int32_word_isANumberOfItsRange(String text, @Nullable Long value) {
        assertThat(read("max_batch_size", text)).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource(nullValues = "none", value = {"9223372036854775807, 9223372036854775807",
            "-9223372036854775808, -9223372036854775808", "9223372036854775808, none", "-9223372036854775809, none",
            "0x7fffffffffffffff, 9223372036854775807", "-01, -1"})
    void int64_word_isANumberOfItsRange(String text, @Nullable Long value) {
        assertThat(read("input.dims", text)).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource(nullValues = "none", value = {"0, 0", "4294967295, 4294967295", "4294967296, none", "-1, none",
            "-0, 0", "0xffffffff, 4294967295"})
    void uint32_word_isANumberOfItsRange(String text, @Nullable Long value) {
        assertThat(read("version_policy.latest.num_versions", text)).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource(nullValues = "none", value = {"18446744073709551615, -1", "9223372036854775808, -9223372036854775808",
            "18446744073709551616, none", "-1, none", "0xffffffffffffffff, -1", "5, 5"})
    void uint64_word_isItsBits(String text, @Nullable Long value) {
        assertThat(read("dynamic_batching.priority_levels", text)).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource(nullValues = "none", value = {"true, true", "True, true", "t, true", "1, true", "0x1, true",
            "false, false", "False, false", "f, false", "0, false", "00, false", "TRUE, none", "yes, none", "2, none",
            "-1, none", "-true, none", "'\"true\"', none", "1.0, none"})
    void bool_word_isOneOfTritonsForms(String text, @Nullable Boolean value) {
        assertThat(read("model_transaction_policy.decoupled", text)).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource(nullValues = "none", value = {"0.5, 0.5", "-0.5, -0.5", "1, 1.0", "1., 1.0", ".5, 0.5", "1e3, 1000.0",
            "1E-2, 0.01", "0.5f, 0.5", "1F, 1.0", "inf, Infinity", "-Infinity, -Infinity", "NaN, NaN", "INF, Infinity",
            "0, 0.0", "0e1, 0.0", "0.25, 0.25", "08, none", "0x1, none", "1d, none", "1e, none", "infinit, none",
            "'\"1\"', none", "1ff, none"})
    void float_word_isANumberInDecimals(String text, @Nullable Double value) {
        assertThat(read("sequence_batching.direct.minimum_slot_utilization", text)).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource(nullValues = "none", value = {"TYPE_FP32, 11", "TYPE_INVALID, 0", "11, 11", "0xb, 11", "15, none",
            "-1, none", "type_fp32, none", "FP32, none", "'\"TYPE_FP32\"', none", "-TYPE_FP32, none"})
    void closedEnum_word_isAValueThatItHas(String text, @Nullable Long value) {
        assertThat(read("input.data_type", text)).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource(nullValues = "none", value = {"FORMAT_NHWC, 1", "99, 99", "-3, -3", "2147483647, 2147483647",
            "2147483648, none", "FORMAT, none"})
    void openEnum_number_mayHaveNoName(String text, @Nullable Long value) {
        assertThat(read("input.format", text)).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource(nullValues = "none", value = {"'\"a\"', a", "a, none", "1, none", "'-\"a\"', none",
            "true, none"})
    void string_word_isAQuotedOne(String text, @Nullable String value) {
        assertThat(read("backend", text)).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource({"1", "a", "'\"a\"'", "true"})
    void message_word_isNone(String text) {
        assertThat(read("dynamic_batching", text)).isNull();
    }
}
