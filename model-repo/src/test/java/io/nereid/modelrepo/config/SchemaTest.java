package io.nereid.modelrepo.config;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import io.nereid.modelrepo.config.proto.ModelConfigProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SchemaTest {

    private static final List<Descriptor> TYPES = allTypes();

    @Test
    void everyField_isOfATypeThatConfigurationsCanHold() {
        List<String> fields = new ArrayList<>();
        for (Descriptor type : TYPES) {
            for (FieldDescriptor field : type.getFields()) {
                assertThat(Schema.description(field)).isNotEmpty();
                assertThat(Schema.unset(field)).isInstanceOfAny(Long.class, Double.class, Boolean.class, String.class,
                        MessageNode.class);
                fields.add(Schema.name(type) + "." + field.getName());
            }
        }
        assertThat(fields).hasSizeGreaterThan(180).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @CsvSource({"inference.ModelConfig, ModelConfig", "inference.ModelWarmup.Input, ModelWarmup.Input",
            "inference.ModelConfig.ParametersEntry, ModelConfig.parameters",
            "inference.ModelEnsembling.Step.InputMapEntry, ModelEnsembling.Step.input_map"})
    void name_type_isThatOfTheFileWithoutItsPackage(String fullName, String name) {
        assertThat(TYPES.stream().filter(type -> type.getFullName().equals(fullName)).map(Schema::name))
                .containsExactly(name);
    }

    @Test
    void find_pathToTheFieldOfANestedMessage_isNull() {
        Descriptor warmup = Schema.field(Schema.MODEL_CONFIG, "model_warmup").getMessageType();
        assertThat(warmup.findFieldByName("Input.dims")).as("protobuf finds it").isNotNull();
        assertThat(Schema.find(warmup, "Input.dims")).isNull();
        assertThat(Schema.find(warmup, "batch_size")).isNotNull();
        assertThat(Schema.find(warmup, "batchsize")).isNull();
    }

    @Test
    void field_unknownName_isRefused() {
        assertThatThrownBy(() -> Schema.field(Schema.MODEL_CONFIG, "nmae"))
                .isInstanceOf(IllegalArgumentException.class).hasMessage("ModelConfig has no field 'nmae'");
    }

    @Test
    void allows_numberWithoutAName_onlyWhereProto3CanBeFollowed() {
        EnumDescriptor format = enumType("inference.ModelInput.Format");
        assertThat(Schema.allows(format, 99)).isTrue();
        assertThat(Schema.valueName(format, 99)).isNull();
        assertThat(Schema.valueName(format, 1)).isEqualTo("FORMAT_NHWC");
        assertThat(Schema.valueName(format, (1L << 32) + 1)).as("not the lowest 32 bits").isNull();
        assertThat(Schema.number(format, "FORMAT_NCHW")).isEqualTo(2);
        assertThat(Schema.number(format, "NCHW")).isNull();
        assertThat(Schema.allows(enumType("inference.DataType"), 14)).isTrue();
        for (String closed : List.of("inference.DataType", "inference.ModelInstanceGroup.Kind",
                "inference.BatchInput.Kind", "inference.BatchOutput.Kind")) {
            assertThat(Schema.allows(enumType(closed), 99)).as(closed).isFalse();
        }
    }

    @Test
    void recordEnums_everyConstant_hasTheNumberOfTheSchema() {
        assertNumbers("DataType", "TYPE_", DataType.values());
        assertNumbers("ModelInput.Format", "FORMAT_", ModelInput.Format.values());
        assertNumbers("ModelInstanceGroup.Kind", "KIND_", InstanceGroupConfig.Kind.values());
        assertNumbers("BatchInput.Kind", "BATCH_", BatchInputConfig.Kind.values());
        assertNumbers("BatchOutput.Kind", "BATCH_", BatchOutputConfig.Kind.values());
        assertNumbers("ModelOptimizationPolicy.ModelPriority", "PRIORITY_", OptimizationConfig.Priority.values());
        assertNumbers("ModelQueuePolicy.TimeoutAction", "", QueuePolicyConfig.TimeoutAction.values());
        assertNumbers("ModelSequenceBatching.Control.Kind", "CONTROL_SEQUENCE_",
                SequenceBatchingConfig.Control.Kind.values());
    }

    private static void assertNumbers(String type, String prefix, Enum<?>[] constants) {
        List<String> ours = new ArrayList<>();
        for (int number = 0; number < constants.length; number++) {
            ours.add(prefix + constants[number].name() + "=" + number);
        }
        EnumDescriptor found = enumType("inference." + type);
        assertThat(ours).isEqualTo(found.getValues().stream()
                .map(value -> value.getName() + "=" + value.getNumber()).toList());
    }

    private static EnumDescriptor enumType(String fullName) {
        return TYPES.stream().flatMap(type -> type.getFields().stream())
                .filter(field -> field.getJavaType() == FieldDescriptor.JavaType.ENUM)
                .map(FieldDescriptor::getEnumType).filter(type -> type.getFullName().equals(fullName)).findFirst()
                .orElseThrow();
    }

    private static List<Descriptor> allTypes() {
        List<Descriptor> types = new ArrayList<>(ModelConfigProto.getDescriptor().getMessageTypes());
        for (int i = 0; i < types.size(); i++) {
            types.addAll(types.get(i).getNestedTypes());
        }
        return List.copyOf(types);
    }
}
