package io.nereid.modelrepo.config;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The types that a configuration is made of, in the order in which the schema declares them. */
final class Schema {

    /** What a field holds. */
    enum Kind {
        INT32("an int32"),
        INT64("an int64"),
        UINT32("a uint32"),
        UINT64("a uint64"),
        BOOL("true or false"),
        FLOAT(
                "a number"),
        DOUBLE("a number"),
        STRING("a quoted string"),
        ENUM("a name"),
        MESSAGE("a block in { }");

        private final String description;

        Kind(String description) {
            this.description = description;
        }

        /** How an error text names what was expected. */
        String description() {
            return description;
        }
    }

    /** A message; its fields are added while the schema is read and never change afterwards. */
    static final class MessageType {
        private final String name;
        private final boolean mapEntry;
        private final Map<String, Field> byName = new LinkedHashMap<>();

        MessageType(String name, boolean mapEntry) {
            this.name = name;
            this.mapEntry = mapEntry;
        }

        /** The name with the names of the enclosing messages, as {@code ModelWarmup.Input}. */
        String name() {
            return name;
        }

        boolean mapEntry() {
            return mapEntry;
        }

        /** All fields in the order of declaration. */
        Iterable<Field> fields() {
            return byName.values();
        }

        Iterable<String> fieldNames() {
            return byName.keySet();
        }

        @Nullable
        Field find(String fieldName) {
            return byName.get(fieldName);
        }

        Field field(String fieldName) {
            Field field = byName.get(fieldName);
            if (field == null) {
                throw new IllegalArgumentException(name + " has no field '" + fieldName + "'");
            }
            return field;
        }

        void add(Field field) {
            byName.put(field.name(), field);
        }
    }

    /** An enumeration: its names in the order of declaration, each with its number. */
    static final class EnumType {
        /** Nothing can be done with a tensor of no known type, or on no known kind of device. */
        private static final Set<String> CLOSED = Set.of("DataType", "ModelInstanceGroup.Kind", "BatchInput.Kind",
                "BatchOutput.Kind");

        private final String name;
        private final Map<String, Integer> numbers = new LinkedHashMap<>();

        EnumType(String name) {
            this.name = name;
        }

        String name() {
            return name;
        }

        Iterable<String> valueNames() {
            return numbers.keySet();
        }

        @Nullable
        Integer number(String valueName) {
            return numbers.get(valueName);
        }

        @Nullable
        String valueName(long number) {
            for (Map.Entry<String, Integer> value : numbers.entrySet()) {
                if (value.getValue() == number) {
                    return value.getKey();
                }
            }
            return null;
        }

        /** Whether a configuration may say this number: most enumerations may have one that has no name. */
        boolean takes(long number) {
            return valueName(number) != null || !CLOSED.contains(name);
        }

        void add(String valueName, int number) {
            numbers.put(valueName, number);
        }
    }

    /**
     * A field of a message.
     *
     * @param oneof the name of the group of which only one field may be set, or null
     * @param messageType the type of a {@link Kind#MESSAGE}, for a map that of its entries, else null
     * @param enumType the type of an {@link Kind#ENUM}, else null
     */
    record Field(String name, int number, Kind kind, boolean repeated, @Nullable String oneof,
            @Nullable MessageType messageType, @Nullable EnumType enumType) {

        MessageType requireMessageType() {
            return Objects.requireNonNull(messageType, name);
        }

        EnumType requireEnumType() {
            return Objects.requireNonNull(enumType, name);
        }

        /** The value of the field where it is not set. */
        Object unset() {
            return switch (kind) {
                case INT32, INT64, UINT32, UINT64, ENUM -> 0L;
                case FLOAT, DOUBLE -> 0.0;
                case BOOL -> false;
                case STRING -> "";
                case MESSAGE -> new MessageNode(requireMessageType());
            };
        }

        boolean isMap() {
            return messageType != null && messageType.mapEntry();
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private final Map<String, MessageType> messages;

    Schema(List<MessageType> messages) {
        this.messages = new LinkedHashMap<>();
        for (MessageType message : messages) {
            this.messages.put(message.name(), message);
        }
    }

    /** The message of that name; enclosing names are part of it. */
    MessageType message(String name) {
        MessageType type = messages.get(name);
        if (type == null) {
            throw new IllegalArgumentException("the schema has no message '" + name + "'");
        }
        return type;
    }

    Iterable<MessageType> messages() {
        return messages.values();
    }
}
