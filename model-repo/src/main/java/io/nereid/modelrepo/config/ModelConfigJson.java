package io.nereid.modelrepo.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
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
    private static final Set<String> NUMBERS = Set.of("inference.ModelInput.dims", "inference.ModelOutput.dims",
            "inference.ModelTensorReshape.shape",
            "inference.ModelVersionPolicy.Specific.versions",
            "inference.ModelDynamicBatching.max_queue_delay_microseconds",
            "inference.ModelDynamicBatching.priority_levels",
            "inference.ModelDynamicBatching.default_priority_level",
            "inference.ModelQueuePolicy.default_timeout_microseconds",
            "inference.ModelSequenceBatching.max_sequence_idle_microseconds",
            "inference.ModelSequenceBatching.StrategyDirect.max_queue_delay_microseconds",
            "inference.ModelSequenceBatching.StrategyOldest.max_queue_delay_microseconds",
            "inference.ModelSequenceBatching.State.dims",
            "inference.ModelEnsembling.Step.model_version", "inference.ModelWarmup.Input.dims");

    private static final JsonFactory JSON = new JsonFactory();

    private final JsonGenerator out;

    private ModelConfigJson(JsonGenerator out) {
        this.out = out;
    }

    static String write(MessageNode message) {
        StringWriter text = new StringWriter(1024);
        try (JsonGenerator out = JSON.createGenerator(text)) {
            new ModelConfigJson(out).writeMessage(message);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return text.toString();
    }

    private void writeMessage(MessageNode message) throws IOException {
        out.writeStartObject();
        for (FieldDescriptor field : message.type().getFields()) {
            if (message.has(field) || !isLeftOut(field)) {
                out.writeFieldName(field.getName());
                writeField(message, field);
            }
        }
        out.writeEndObject();
    }

    private static boolean isLeftOut(FieldDescriptor field) {
        return field.getContainingOneof() != null || (Schema.isMessage(field) && !field.isRepeated());
    }

    private void writeField(MessageNode message, FieldDescriptor field) throws IOException {
        List<MessageNode.Value> values = message.values(field);
        boolean number = NUMBERS.contains(field.getFullName());
        if (field.isMapField()) {
            writeMap(values, field.getMessageType());
        } else if (field.isRepeated()) {
            out.writeStartArray();
            for (MessageNode.Value value : values) {
                writeValue(field, value.content(), number);
            }
            out.writeEndArray();
        } else {
            writeValue(field, values.isEmpty() ? Schema.unset(field) : values.getLast().content(), number);
        }
    }

    private void writeMap(List<MessageNode.Value> entries, Descriptor type) throws IOException {
        FieldDescriptor key = Schema.field(type, "key");
        FieldDescriptor value = Schema.field(type, "value");
        out.writeStartObject();
        for (MessageNode.Value entry : entries) {
            MessageNode node = (MessageNode) entry.content();
            Object name = node.lastOrUnset(key);
            boolean unsigned = key.getType() == FieldDescriptor.Type.UINT64;
            out.writeFieldName(unsigned ? Long.toUnsignedString((Long) name) : name.toString());
            writeValue(value, node.lastOrUnset(value), false);
        }
        out.writeEndObject();
    }

    private void writeValue(FieldDescriptor field, Object content, boolean number) throws IOException {
        switch (field.getType()) {
            case INT32, UINT32 -> out.writeNumber((Long) content);
            case BOOL -> out.writeBoolean((Boolean) content);
            case INT64 -> writeLong(Long.toString((Long) content), number);
            case UINT64 -> writeLong(Long.toUnsignedString((Long) content), number);
            case FLOAT ->
                writeDecimal(((Double) content).floatValue(), Float.toString(((Double) content).floatValue()));
            case DOUBLE -> writeDecimal((Double) content, content.toString());
            case ENUM -> writeEnum(field.getEnumType(), (Long) content);
            case STRING -> out.writeString((String) content);
            case MESSAGE -> writeMessage((MessageNode) content);
            default -> throw Schema.unsupported(field);
        }
    }

    private void writeLong(String digits, boolean number) throws IOException {
        if (number) {
            out.writeNumber(digits);
        } else {
            out.writeString(digits);
        }
    }

    private void writeDecimal(double value, String shortest) throws IOException {
        if (Double.isFinite(value)) {
            BigDecimal plain = new BigDecimal(shortest).stripTrailingZeros();
            out.writeNumber(plain.scale() > -15 && plain.scale() < 15 ? plain.toPlainString() : shortest);
        } else {
            out.writeString(shortest);
        }
    }

    private void writeEnum(EnumDescriptor type, long number) throws IOException {
        String name = Schema.valueName(type, number);
        if (name == null) {
            out.writeNumber(number);
        } else {
            out.writeString(name);
        }
    }
}
