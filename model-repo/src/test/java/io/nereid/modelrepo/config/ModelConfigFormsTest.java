package io.nereid.modelrepo.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.TextFormat;
import com.google.protobuf.util.JsonFormat;
import io.nereid.modelrepo.config.proto.ModelConfigProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** The JSON and the binary form of a configuration, validated against protobuf's own classes. */
class ModelConfigFormsTest {

    static Stream<String> texts() {
        return Stream.of("", TestConfigs.resource("every_field.pbtxt"), TestConfigs.resource("sequence.pbtxt"),
                TestConfigs.SOUND, "version_policy { all { } }", "version_policy { specific { versions: [ 3, -1 ] } }",
                "dynamic_batching { priority_levels: 18446744073709551615 max_queue_delay_microseconds: 7"
                        + " priority_queue_policy { key: 18446744073709551615 value {"
                        + " default_timeout_microseconds: 1 } } }",
                "max_batch_size: -2147483648 instance_group { count: -1 gpus: [ 0, 2147483647 ] kind: KIND_GPU }",
                "input { dims: [ -9223372036854775808, 9223372036854775807 ] format: 99 data_type: TYPE_BF16 }",
                "sequence_batching { direct { minimum_slot_utilization: 0.1 } control_input { control {"
                        + " fp32_false_true: [ 1e-7, 3.4e38, 16777217 ] } } }",
                "model_metrics { metric_control { metric_identifier { family: 'f' } histogram_options {"
                        + " buckets: [ 1e300, 1e-300, 0.1, 100 ] } } }",
                "parameters { key: 'k' value { string_value: '\\001\\037\"\\\\/\\177\u00fc\u2028\ud83d\ude00' } }",
                "metric_tags { key: 'b' value: '2' } metric_tags { key: 'a' value: '1' }",
                "model_warmup { name: 'w' inputs { key: 'i' value { random_data: true dims: 1 } } count: 4294967295 }",
                "instance_group { rate_limiter { resources { name: 'R' global: true count: 2 } priority: 3 } }");
    }

    private static ModelConfigProto.ModelConfig protobufs(String text) throws Exception {
        ModelConfigProto.ModelConfig.Builder builder = ModelConfigProto.ModelConfig.newBuilder();
        TextFormat.merge(text, builder);
        return builder.build();
    }

    @ParameterizedTest
    @MethodSource("texts")
    void wire_anyConfiguration_isReadByProtobufAsItsText(String text) throws Exception {
        assertThat(ModelConfigProto.ModelConfig.parseFrom(ModelConfigWire.encode(TestConfigs.tree(text))))
                .isEqualTo(protobufs(text));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void json_anyConfiguration_isReadByProtobufAsItsText(String text) throws Exception {
        ModelConfigProto.ModelConfig.Builder builder = ModelConfigProto.ModelConfig.newBuilder();
        JsonFormat.parser().merge(ModelConfigJson.write(TestConfigs.tree(text)), builder);
        assertThat(builder.build()).isEqualTo(protobufs(text));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void json_anyConfiguration_isReadByUsAsItsText(String text) {
        String json = ModelConfigJson.write(TestConfigs.tree(text));
        ConfigJsonParser parser = new ConfigJsonParser(json);
        MessageNode again = parser.parse(Schema.MODEL_CONFIG);
        assertThat(parser.problems()).isEmpty();
        assertThat(ModelConfigJson.write(again)).isEqualTo(json);
    }

    @ParameterizedTest
    @MethodSource("texts")
    void json_anyConfiguration_isOneValidDocumentWithoutBlanks(String text) throws Exception {
        String json = ModelConfigJson.write(TestConfigs.tree(text));
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            parser.nextToken();
            parser.skipChildren();
            assertThat(parser.nextToken()).isNull();
        }
        assertThat(json).doesNotContain("\n").doesNotContain("\": ").doesNotContain("\", ");
    }

    @Test
    void json_nothingSaid_hasEveryFieldButMessagesAndMembersOfOneofs() {
        String json = ModelConfigJson.write(TestConfigs.tree(""));
        for (FieldDescriptor field : Schema.MODEL_CONFIG.getFields()) {
            boolean left = field.getContainingOneof() != null || (Schema.isMessage(field) && !field.isRepeated());
            assertThat(json.contains("\"" + field.getName() + "\":")).as(field.getName()).isEqualTo(!left);
        }
        assertThat(json).startsWith("{\"name\":\"\",\"platform\":\"\",").contains("\"parameters\":{}")
                .contains("\"input\":[]").contains("\"max_batch_size\":0");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            input { dims: [ 1, -1 ] }                                     | "dims":[1,-1]
            input { reshape { shape: 5 } }                                | "shape":[5]
            version_policy { specific { versions: 3 } }                   | "versions":[3]
            version_policy { latest { num_versions: 2 } }                 | "num_versions":2
            dynamic_batching { max_queue_delay_microseconds: 7 }          | "max_queue_delay_microseconds":7
            dynamic_batching { priority_levels: 18446744073709551615 }    | "priority_levels":18446744073709551615
            dynamic_batching { default_queue_policy { default_timeout_microseconds: 9 } } | \
            "default_timeout_microseconds":9
            sequence_batching { state { dims: 4 } }                       | "dims":[4]
            sequence_batching { state { initial_state { dims: 4 } } }     | "dims":["4"]
            ensemble_scheduling { step { model_version: -1 } }            | "model_version":-1
            model_warmup { inputs { key: 'x' value { dims: 4 } } }        | "dims":[4]
            instance_group { secondary_devices { device_id: 9007199254740993 } } | "device_id":"9007199254740993"
            """)
    void json_longInteger_isANumberWhereTritonHasOne(String text, String part) {
        assertThat(ModelConfigJson.write(TestConfigs.tree(text))).contains(part);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0.5    | 0.5
            1      | 1
            100    | 100
            0.1    | 0.1
            16777217 | 16777216
            1e-7   | 0.0000001
            3.4e38 | 3.4E38
            inf    | "Infinity"
            -inf   | "-Infinity"
            nan    | "NaN"
            """)
    void json_float_isTheShortestThatIsTheSame(String number, String json) {
        assertThat(ModelConfigJson.write(TestConfigs.tree(
                "sequence_batching { control_input { control { fp32_false_true: [ 0.25, " + number + " ] } } }")))
                .contains("\"fp32_false_true\":[0.25," + json + "]");
    }

    @Test
    void json_text_isEscapedWhereItMustBe() {
        assertThat(ModelConfigJson.write(TestConfigs.tree("backend: '\\001\\b\\f\\n\\r\\t\\037\"\\\\/\\177\u00fc'")))
                .contains("\"backend\":\"\\u0001\\b\\f\\n\\r\\t\\u001F\\\"\\\\/\u007f\u00fc\"");
    }
}
