package io.nereid.modelrepo.config;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class MessageNodeTest {
    private static final String TEXT = """
            name: "m"
            max_batch_size: 4
            input [ { name: "A" dims: [ 1, -1 ] }, { name: "B" data_type: TYPE_FP32 } ]
            parameters { key: "k" value { string_value: "first" } }
            parameters { key: "k" value { string_value: "second" } }
            parameters { key: "empty" }
            dynamic_batching { preferred_batch_size: [ 2, 4 ] priority_queue_policy { key: 3 value { max_queue_size: \
            9 } } }
            instance_group { gpus: [ 0, 1 ] profile: "p" profile: "q" }
            """;

    private static MessageNode root() {
        return TestConfigs.tree(TEXT);
    }

    @Test
    void values_fieldsThatAreSet_areWhatTheFileSays() {
        MessageNode root = root();
        assertThat(root.string("name")).isEqualTo("m");
        assertThat(root.int32("max_batch_size")).isEqualTo(4);
        MessageNode batching = root.message("dynamic_batching");
        assertThat(batching.int32s("preferred_batch_size")).containsExactly(2, 4);
        MessageNode control = TestConfigs.tree("sequence_batching { control_input { control {"
                + " fp32_false_true: [ 0.5, 1 ]"
                + " bool_false_true: true } } }").message("sequence_batching").message("control_input")
                .message("control");
        assertThat(control.decimals("fp32_false_true")).containsExactly(0.5, 1.0);
        assertThat(control.bools("bool_false_true")).containsExactly(true);
        assertThat(root.list("input", input -> input.string("name"))).containsExactly("A", "B");
        assertThat(root.list("input", input -> input.integers("dims"))).containsExactly(List.of(1L, -1L), List.of());
        assertThat(root.list("instance_group", group -> group.strings("profile")))
                .containsExactly(List.of("p", "q"));
    }

    @Test
    void values_fieldsThatAreNotSet_areTheirDefaults() {
        MessageNode root = TestConfigs.tree("");
        assertThat(root.string("name")).isEmpty();
        assertThat(root.int32("max_batch_size")).isZero();
        assertThat(root.message("model_transaction_policy").bool("decoupled")).isFalse();
        assertThat(root.message("sequence_batching").message("direct").decimal("minimum_slot_utilization")).isZero();
        assertThat(root.list("input", input -> input)).isEmpty();
        assertThat(root.stringMap("metric_tags")).isEmpty();
        assertThat(root.has("sequence_batching")).as("looking does not set it").isFalse();
    }

    @Test
    void map_equalKeys_keepTheLastValueAndTheFirstPlace() {
        assertThat(ModelConfigRecords.parameters(root()))
                .containsExactly(Map.entry("k", "second"), Map.entry("empty", ""));
        assertThat(root().message("dynamic_batching").map("priority_queue_policy", entry -> entry.integer("key"),
                entry -> entry.message("value").integer("max_queue_size"))).isEqualTo(Map.of(3L, 9L));
    }

    @Test
    void unknownField_ofTheSchema_isAnErrorOfTheProgram() {
        MessageNode root = root();
        assertThatThrownBy(() -> root.string("nmae")).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("ModelConfig has no field 'nmae'");
        assertThatThrownBy(() -> root.add("nmae", "x")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> root.message("optimization").has("x"))
                .hasMessage("ModelOptimizationPolicy has no field 'x'");
    }

    @Test
    void set_field_replacesAllItsValues() {
        MessageNode root = root();
        root.set("name", "n").set("max_batch_size", 8L);
        assertThat(root.string("name")).isEqualTo("n");
        assertThat(root.values(Schema.field(root.type(), "name"))).hasSize(1);
        assertThat(root.clear("name").string("name")).isEmpty();
        assertThat(root.clear("name").has("name")).isFalse();
    }

    @Test
    void addAll_integers_areHeldAsLongs() {
        MessageNode group = root().create("instance_group");
        group.addAll("gpus", List.of(3, 4));
        assertThat(group.int32s("gpus")).containsExactly(3, 4);
        assertThat(group.integers("gpus")).containsExactly(3L, 4L);
    }

    @Test
    void obtain_messageThatIsNotThere_isPutThereOnce() {
        MessageNode root = TestConfigs.tree("");
        root.obtain("version_policy").obtain("latest").set("num_versions", 3L);
        assertThat(root.obtain("version_policy").message("latest").integer("num_versions")).isEqualTo(3);
        assertThat(root.values(Schema.field(root.type(), "version_policy"))).hasSize(1);
    }

    @Test
    void copy_changedDeepInside_leavesTheOriginal() {
        MessageNode root = root();
        String before = ModelConfigJson.write(root);
        MessageNode copy = root.copy();
        assertThat(ModelConfigJson.write(copy)).isEqualTo(before);
        copy.obtain("dynamic_batching").add("preferred_batch_size", 16L);
        copy.set("name", "other");
        copy.list("input", input -> input.set("name", "X"));
        assertThat(ModelConfigJson.write(root)).isEqualTo(before);
        String place = "input[1].data_type";
        assertThat(copy.locate(place)).as("places are kept").isEqualTo(root.locate(place));
    }

    @ParameterizedTest
    @CsvSource({"name, 1, 7", "max_batch_size, 2, 17", "input, 3, 9", "input[0], 3, 9", "input[1], 3, 40",
            "input[1].name, 3, 48", "input[0].dims, 3, 29", "input[0].dims[1], 3, 32", "input[0].reshape, 3, 9",
            "input[7], 0, 0", "output, 0, 0", "dynamic_batching.preferred_batch_size[1], 7, 47",
            "dynamic_batching.preserve_ordering, 7, 1", "instance_group[0].profile[1], 8, 55",
            "version_policy.latest.num_versions, 0, 0"})
    void locate_path_isThePlaceOrTheNearestAround(String path, int line, int column) {
        assertThat(root().locate(path)).isEqualTo(new Position(line, column));
    }

    @ParameterizedTest
    @CsvSource({"max_batch_size: 0, max_batch_size, false", "max_batch_size: 1, max_batch_size, true",
            "backend: '', backend, false", "dynamic_batching { }, dynamic_batching, true"})
    void isPresent_field_isWhetherItDiffersFromNotBeingSet(String text, String field, boolean says) {
        MessageNode root = TestConfigs.tree(text);
        assertThat(root.has(field)).isTrue();
        assertThat(root.isPresent(Schema.field(root.type(), field))).isEqualTo(says);
    }

    @Test
    void isPresent_tinyFloat_isTheDefaultOnlyIfAFloatCannotTell() {
        MessageNode direct = TestConfigs.tree("sequence_batching { direct { minimum_slot_utilization: 1e-60 } }")
                .message("sequence_batching").message("direct");
        assertThat(direct.isPresent(Schema.field(direct.type(), "minimum_slot_utilization"))).isFalse();
        MessageNode larger = TestConfigs.tree("sequence_batching { direct { minimum_slot_utilization: 1e-40 } }")
                .message("sequence_batching").message("direct");
        assertThat(larger.isPresent(Schema.field(larger.type(), "minimum_slot_utilization"))).isTrue();
    }

    @Test
    void othersOfOneof_memberOfAOneof_areTheOthersThatAreSet() {
        MessageNode policy = TestConfigs.tree("version_policy { all { } }").message("version_policy");
        assertThat(policy.othersOfOneof(Schema.field(policy.type(), "latest")))
                .containsExactly(Schema.field(policy.type(), "all"));
        assertThat(policy.othersOfOneof(Schema.field(policy.type(), "all"))).isEmpty();
        MessageNode root = root();
        assertThat(root.othersOfOneof(Schema.field(root.type(), "name"))).as("in no oneof").isEmpty();
    }
}
