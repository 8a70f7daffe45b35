package io.nereid.modelrepo.config;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** The values that a configuration has where it does not say them. */
class ConfigNormalizerTest {

    private static MessageNode normalized(String text) {
        MessageNode root = TestConfigs.tree(text);
        ConfigNormalizer.normalize(root);
        return root;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"``|latest { num_versions: 1 }",
            "version_policy { }|latest { num_versions: 1 }", "version_policy { latest { } }|latest { num_versions: 1 }",
            "version_policy { latest { num_versions: 0 } }|latest { num_versions: 1 }",
            "version_policy { latest { num_versions: 3 } }|latest { num_versions: 3 }",
            "version_policy { all { } }|all { }", "version_policy { specific { } }|specific { }",
            "version_policy { specific { versions: 4 } }|specific { versions: 4 }"})
    void versionPolicy_leftOut_isTheLatestOne(String text, String policy) {
        assertThat(ModelConfigJson.write(normalized(text).message("version_policy")))
                .isEqualTo(ModelConfigJson.write(TestConfigs.tree("version_policy { " + policy + " }")
                        .message("version_policy")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"max_batch_size: 8 dynamic_batching { }|[8]", "dynamic_batching { }|[]",
            "max_batch_size: -1 dynamic_batching { }|[]",
            "max_batch_size: 8 dynamic_batching { preferred_batch_size: [ 2, 4 ] }|[2, 4]"})
    void preferredBatchSize_leftOut_isTheLargestBatch(String text, String sizes) {
        assertThat(normalized(text).message("dynamic_batching").int32s("preferred_batch_size")).hasToString(sizes);
    }

    @Test
    void sequenceBatching_leftOut_idlesASecondAndPrefersTheLargestBatch() {
        MessageNode oldest = normalized("max_batch_size: 8 sequence_batching { oldest { } }")
                .message("sequence_batching");
        assertThat(oldest.integer("max_sequence_idle_microseconds")).isEqualTo(1_000_000);
        assertThat(oldest.message("oldest").int32s("preferred_batch_size")).containsExactly(8);
        MessageNode direct = normalized("max_batch_size: 8 sequence_batching { max_sequence_idle_microseconds: 5 }")
                .message("sequence_batching");
        assertThat(direct.integer("max_sequence_idle_microseconds")).isEqualTo(5);
        assertThat(direct.has("oldest")).isFalse();
    }

    @Test
    void pinnedMemory_leftOut_isOnButNotForAnEnsemble() {
        MessageNode model = normalized("optimization { output_pinned_memory { enable: false } }");
        assertThat(model.message("optimization").message("input_pinned_memory").bool("enable")).isTrue();
        assertThat(model.message("optimization").message("output_pinned_memory").bool("enable")).isFalse();
        assertThat(normalized("platform: 'ensemble'").has("optimization")).isFalse();
    }

    @Test
    void otherParts_leftOut_stayLeftOut() {
        MessageNode root = normalized("name: 'm'");
        assertThat(root.has("dynamic_batching")).isFalse();
        assertThat(root.has("sequence_batching")).isFalse();
        assertThat(root.has("instance_group")).isFalse();
        assertThat(root.has("max_batch_size")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "max_batch_size: 8 dynamic_batching { }", "version_policy { all { } }",
            "max_batch_size: 8 sequence_batching { oldest { } }", "platform: 'ensemble' ensemble_scheduling { }"})
    void normalize_again_changesNothing(String text) {
        MessageNode root = normalized(text);
        String once = ModelConfigJson.write(root);
        ConfigNormalizer.normalize(root);
        assertThat(ModelConfigJson.write(root)).isEqualTo(once);
    }
}
