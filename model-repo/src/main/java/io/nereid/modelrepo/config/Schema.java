package io.nereid.modelrepo.config;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import io.nereid.modelrepo.config.proto.ModelConfigProto;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What a configuration is made of: the descriptors of {@code model_config.proto}, and what they do not say by
 * themselves. Messages, fields and enumerations are in the order of their declaration. Stateless; for all threads.
 */
final class Schema {

    /** The message that a configuration is. */
    static final Descriptor MODEL_CONFIG = Objects
            .requireNonNull(ModelConfigProto.getDescriptor().findMessageTypeByName("ModelConfig"));

    /**
     * The enumerations that take no number without a name: no tensor has an unknown type, no device an unknown kind.
     */
    private static final Set<String> CLOSED_ENUMS = Set.of("inference.DataType", "inference.ModelInstanceGroup.Kind",
            "inference.BatchInput.Kind", "inference.BatchOutput.Kind");

    private Schema() {}

    /** The name with those of the enclosing messages, as {@code ModelWarmup.Input}; of a map's entries the map's. */
    static String name(Descriptor type) {
        Descriptor outer = type.getContainingType();
        if (outer == null) {
            return type.getName();
        }
        return name(outer) + "." + (type.getOptions().getMapEntry() ? mapField(outer, type) : type.getName());
    }

    private static String mapField(Descriptor type, Descriptor entry) {
        for (FieldDescriptor field : type.getFields()) {
            if (field.isMapField() && field.getMessageType().equals(entry)) {
                return field.getName();
            }
        }
        throw new IllegalArgumentException(entry.getFullName() + " is the entry of no map");
    }

    /** The field of that name, or null. */
    static @Nullable FieldDescriptor find(Descriptor type, String name) {
        FieldDescriptor field = type.findFieldByName(name);
        // protobuf also finds the field of a nested message by its path, as Input.dims
        return field != null && field.getContainingType().equals(type) ? field : null;
    }

    /**
     * The field of that name.
     *
     * @throws IllegalArgumentException if there is none
     */
    static FieldDescriptor field(Descriptor type, String name) {
        FieldDescriptor field = type.findFieldByName(name);
        if (field == null) {
            throw new IllegalArgumentException(name(type) + " has no field '" + name + "'");
        }
        return field;
    }

    static List<String> fieldNames(Descriptor type) {
        return type.getFields().stream().map(FieldDescriptor::getName).toList();
    }

    static List<String> valueNames(EnumDescriptor type) {
        return type.getValues().stream().map(EnumValueDescriptor::getName).toList();
    }

    /** The name of a number, or null if the enumeration has none for it. */
    static @Nullable String valueName(EnumDescriptor type, long number) {
        EnumValueDescriptor value = (int) number == number ? type.findValueByNumber((int) number) : null;
        return value == null ? null : value.getName();
    }

    /** The number of a name, or null if the enumeration does not have it. */
    static @Nullable Long number(EnumDescriptor type, String valueName) {
        EnumValueDescriptor value = type.findValueByName(valueName);
        return value == null ? null : Long.valueOf(value.getNumber());
    }

    /** Whether a configuration may say this number: most enumerations take one without a name, as proto3 has it. */
    static boolean allows(EnumDescriptor type, long number) {
        return valueName(type, number) != null || !CLOSED_ENUMS.contains(type.getFullName());
    }

    /** Whether a field holds messages, which may be those of a map. */
    static boolean isMessage(FieldDescriptor field) {
        return field.getType() == FieldDescriptor.Type.MESSAGE;
    }

    /** The value of a field that is not set, as {@link MessageNode.Value} holds it. */
    static Object unset(FieldDescriptor field) {
        return switch (field.getJavaType()) {
            case INT, LONG, ENUM -> 0L;
            case FLOAT, DOUBLE -> 0.0;
            case BOOLEAN -> false;
            case STRING -> "";
            case MESSAGE -> new MessageNode(field.getMessageType());
            case BYTE_STRING -> throw unsupported(field);
        };
    }

    /** How an error text names what a field takes. */
    static String description(FieldDescriptor field) {
        return switch (field.getType()) {
            case INT32 -> "an int32";
            case INT64 -> "an int64";
            case UINT32 -> "a uint32";
            case UINT64 -> "a uint64";
            case BOOL -> "true or false";
            case FLOAT, DOUBLE -> "a number";
            case STRING -> "a quoted string";
            case ENUM -> "a name";
            case MESSAGE -> "a block in { }";
            default -> throw unsupported(field);
        };
    }

    /** A type of protobuf that no field of the schema has. */
    static IllegalStateException unsupported(FieldDescriptor field) {
        return new IllegalStateException(field.getFullName() + " is of type " + field.getType());
    }
}
