package io.nereid.modelrepo.config;

import java.math.BigDecimal;
import java.util.List;
import java.util.Set;

/**
 * Writes the JSON form of a configuration: field names as in the file, every field with its default but messages and
 * members of a oneof that are not set. 64-bit integers are strings, as in every JSON form of a protobuf message, except
 * for the fields that Triton turns into numbers (docs/compatibility.md).
 */
final class ModelConfigJson {

    /** 64-bit fields written as numbers, by the message that declares them. */
    private static final Set<String> NUMBERS = Set.of("ModelInput.dims", "ModelOutput.dims", "ModelTensorReshape.shape",
            "ModelVersionPolicy.Specific.versions", "ModelDynamicBatching.max_queue_delay_microseconds",
            "ModelDynamicBatching.priority_levels", "ModelDynamicBatching.default_priority_level",
            "ModelQueuePolicy.default_timeout_microseconds", "ModelSequenceBatching.max_sequence_idle_microseconds",
            "ModelSequenceBatching.StrategyDirect.max_queue_delay_microseconds",
            "ModelSequenceBatching.StrategyOldest.max_queue_delay_microseconds", "ModelSequenceBatching.State.dims",
            "ModelEnsembling.Step.model_version", "ModelWarmup.Input.dims");

    private static final String HEX = "0123456789ABCDEF";

    private final StringBuilder out = new StringBuilder(1024);

    private ModelConfigJson() {}

    static String write(MessageNode message) {
        ModelConfigJson json = new ModelConfigJson();
        json.writeMessage(message);
        return json.out.toString();
    }

    private void writeMessage(MessageNode message) {
        out.append('{');
        boolean first = true;
        for (Schema.Field field : message.type().fields()) {
            if (!message.has(field) && isLeftOut(field)) {
                continue;
            }
            if (!first) {
                out.append(',');
            }
            first = false;
            writeString(field.name());
            out.append(':');
            writeField(message, field);
        }
        out.append('}');
    }

    private static boolean isLeftOut(Schema.Field field) {
        return field.oneof() != null || (field.kind() == Schema.Kind.MESSAGE && !field.repeated());
    }

    private void writeField(MessageNode message, Schema.Field field) {
        List<MessageNode.Value> values = message.values(field);
        boolean number = NUMBERS.contains(message.type().name() + "." + field.name());
        if (field.isMap()) {
            writeMap(values, field.requireMessageType());
        } else if (field.repeated()) {
            out.append('[');
            for (int i = 0; i < values.size(); i++) {
                out.append(i == 0 ? "" : ",");
                writeValue(field, values.get(i).content(), number);
            }
            out.append(']');
        } else {
            writeValue(field, values.isEmpty() ? field.unset() : values.getLast().content(), number);
        }
    }

    private void writeMap(List<MessageNode.Value> entries, Schema.MessageType type) {
        Schema.Field key = type.field("key");
        Schema.Field value = type.field("value");
        out.append('{');
        for (int i = 0; i < entries.size(); i++) {
            MessageNode entry = (MessageNode) entries.get(i).content();
            out.append(i == 0 ? "" : ",");
            Object name = entry.has(key) ? entry.values(key).getLast().content() : key.unset();
            writeString(key.kind() == Schema.Kind.UINT64 ? Long.toUnsignedString((Long) name) : name.toString());
            out.append(':');
            writeValue(value, entry.has(value) ? entry.values(value).getLast().content() : value.unset(), false);
        }
        out.append('}');
    }

    private void writeValue(Schema.Field field, Object content, boolean number) {
        switch (field.kind()) {
            case INT32, UINT32, BOOL -> out.append(content);
            case INT64 -> writeLong(Long.toString((Long) content), number);
            case UINT64 -> writeLong(Long.toUnsignedString((Long) content), number);
            case FLOAT ->
                writeDecimal(((Double) content).floatValue(), Float.toString(((Double) content).floatValue()));
            case DOUBLE -> writeDecimal((Double) content, content.toString());
            case ENUM -> writeEnum(field.requireEnumType(), (Long) content);
            case STRING -> writeString((String) content);
            case MESSAGE -> writeMessage((MessageNode) content);
        }
    }

    private void writeLong(String digits, boolean number) {
        if (number) {
            out.append(digits);
        } else {
            writeString(digits);
        }
    }

    private void writeDecimal(double value, String shortest) {
        if (Double.isFinite(value)) {
            BigDecimal plain = new BigDecimal(shortest).stripTrailingZeros();
            out.append(plain.scale() > -15 && plain.scale() < 15 ? plain.toPlainString() : shortest);
        } else {
            writeString(shortest);
        }
    }

    private void writeEnum(Schema.EnumType type, long number) {
        String name = type.valueName(number);
        if (name == null) {
            out.append(number);
        } else {
            writeString(name);
        }
    }

    private void writeString(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < ' ') {
                        out.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
