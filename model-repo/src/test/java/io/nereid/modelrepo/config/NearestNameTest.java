package io.nereid.modelrepo.config;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class NearestNameTest {
    private static final List<String> FIELDS = Schema.fieldNames(Schema.MODEL_CONFIG);
    private static final List<String> TYPES = Schema
            .valueNames(Schema.field(Schema.field(Schema.MODEL_CONFIG, "input").getMessageType(), "data_type")
                    .getEnumType());

    @ParameterizedTest
    @CsvSource({"bakend, backend", "BACKEND, backend", "inputs, input", "outptu, output",
            "max_batchsize, max_batch_size", "batch_size, max_batch_size", "instance_groups, instance_group",
            "dynamic_batcher, dynamic_batching", "versions_policy, version_policy", "nam, name"})
    void hint_misspeltField_isTheOneThatWasMeant(String written, String meant) {
        assertThat(NearestName.hint(written, FIELDS)).isEqualTo(" (did you mean '" + meant + "'?)");
    }

    @ParameterizedTest
    @CsvSource({"FP32, TYPE_FP32", "fp32, TYPE_FP32", "INT64, TYPE_INT64",
            "TYPE_BOOLEAN, TYPE_BOOL", "STRING, TYPE_STRING"})
    void hint_typeWithoutItsPrefix_isTheType(String written, String meant) {
        assertThat(NearestName.hint(written, TYPES)).isEqualTo(" (did you mean '" + meant + "'?)");
    }

    @ParameterizedTest
    @CsvSource({"x", "tensorrt_engine_file_path", "zzz", "''"})
    void hint_nothingNear_isEmpty(String written) {
        assertThat(NearestName.hint(written, FIELDS)).isEmpty();
    }

    @Test
    void hint_severalAsNear_isTheFirst() {
        assertThat(NearestName.hint("ab", List.of("abx", "aby"))).isEqualTo(" (did you mean 'abx'?)");
        assertThat(NearestName.hint("ab", List.of())).isEmpty();
    }
}
