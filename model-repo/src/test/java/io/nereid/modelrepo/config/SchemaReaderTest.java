package io.nereid.modelrepo.config;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import io.nereid.modelrepo.config.proto.ModelConfigProto;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Holds our reading of the schema against that of protobuf's own compiler. */
class SchemaReaderTest {

    @Test
    void schema_everyMessage_isWhatTheCompilerReads() {
        List<String> ours = new ArrayList<>();
        for (Schema.MessageType message : SchemaReader.ModelConfigSchema.SCHEMA.messages()) {
            describe(message, ours);
        }
        List<String> compiled = new ArrayList<>();
        for (Descriptor message : ModelConfigProto.getDescriptor().getMessageTypes()) {
            describe(message, compiled);
        }
        assertThat(ours).hasSizeGreaterThan(180).containsExactlyInAnyOrderElementsOf(compiled);
    }

    @Test
    void fields_modelConfig_areInTheOrderOfDeclaration() {
        List<String> compiled = new ArrayList<>();
        ModelConfigProto.ModelConfig.getDescriptor().getFields().forEach(field -> compiled.add(field.getName()));
        assertThat(SchemaReader.ModelConfigSchema.MODEL_CONFIG.fieldNames()).containsExactlyElementsOf(compiled);
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
        assertThat(ours).isEqualTo(values(type));
    }

    private static List<String> values(String type) {
        List<String> values = new ArrayList<>();
        for (Schema.MessageType message : SchemaReader.ModelConfigSchema.SCHEMA.messages()) {
            for (Schema.Field field : message.fields()) {
                if (values.isEmpty() && field.enumType() != null && field.enumType().name().equals(type)) {
                    Schema.EnumType found = field.requireEnumType();
                    found.valueNames().forEach(name -> values.add(name + "=" + found.number(name)));
                }
            }
        }
        return values;
    }

    @Test
    void read_unknownKeyword_saysWhere() {
        assertThatThrownBy(() -> SchemaReader.read("syntax = \"proto3\";\nservice X {}"))
                .isInstanceOf(IllegalStateException.class).hasMessage("model_config.proto:2: unexpected 'service'");
    }

    @Test
    void read_unknownType_isRefused() {
        assertThatThrownBy(() -> SchemaReader.read("message A { Nowhere x = 1; }"))
                .isInstanceOf(IllegalStateException.class).hasMessage("unknown type 'Nowhere' in A");
    }

    private static void describe(Schema.MessageType message, List<String> out) {
        for (Schema.Field field : message.fields()) {
            String type = field.kind().name();
            if (field.isMap()) {
                describe(field.requireMessageType(), out);
                type = "MAP";
            } else if (field.messageType() != null) {
                type = field.messageType().name();
            } else if (field.enumType() != null) {
                List<String> values = new ArrayList<>();
                Schema.EnumType enumType = field.enumType();
                enumType.valueNames().forEach(name -> values.add(name + enumType.number(name)));
                type = enumType.name() + values;
            }
            out.add(message.name().replaceAll(".*\\.(?=[a-z])", "map ") + " " + field.name() + " " + field.number()
                    + " "
                    + type + " " + field.repeated() + " " + field.oneof());
        }
    }

    private static void describe(Descriptor message, List<String> out) {
        for (FieldDescriptor field : message.getFields()) {
            String type = field.getType().name();
            if (field.isMapField()) {
                type = "MAP";
            } else if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
                type = name(field.getMessageType().getFullName());
            } else if (field.getJavaType() == FieldDescriptor.JavaType.ENUM) {
                List<String> values = new ArrayList<>();
                for (EnumValueDescriptor value : field.getEnumType().getValues()) {
                    values.add(value.getName() + value.getNumber());
                }
                type = name(field.getEnumType().getFullName()) + values;
            }
            String oneof = field.getContainingOneof() == null ? null : field.getContainingOneof().getName();
            out.add((message.getOptions().getMapEntry() ? "map " + entryField(message) : name(message.getFullName()))
                    + " " + field.getName() + " " + field.getNumber() + " " + type + " " + field.isRepeated() + " "
                    + oneof);
        }
        message.getNestedTypes().forEach(nested -> describe(nested, out));
    }

    /** The field that a map entry belongs to: CcModelFilenamesEntry is that of cc_model_filenames. */
    private static String entryField(Descriptor entry) {
        for (FieldDescriptor field : entry.getContainingType().getFields()) {
            if (field.isMapField() && field.getMessageType().equals(entry)) {
                return field.getName();
            }
        }
        throw new AssertionError(entry.getFullName());
    }

    private static String name(String fullName) {
        return fullName.substring("inference.".length());
    }
}
