package io.nereid.modelrepo.config;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Descriptors.FieldDescriptor;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/** Writes the binary form of a configuration, as protobuf has it: only what the configuration says. */
final class ModelConfigWire {

    private ModelConfigWire() {}

    static byte[] encode(MessageNode message) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try {
            CodedOutputStream out = CodedOutputStream.newInstance(bytes);
            for (Map.Entry<FieldDescriptor, List<MessageNode.Value>> entry : message.all().entrySet()) {
                for (MessageNode.Value value : entry.getValue()) {
                    write(out, entry.getKey(), value.content());
                }
            }
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void write(CodedOutputStream out, FieldDescriptor field, Object content) throws IOException {
        int number = field.getNumber();
        switch (field.getType()) {
            // every integer type is a varint of its 64 sign-extended bits
            case INT32, INT64, UINT32, UINT64, ENUM -> out.writeUInt64(number, (Long) content);
            case BOOL -> out.writeBool(number, (Boolean) content);
            case FLOAT -> out.writeFloat(number, ((Double) content).floatValue());
            case DOUBLE -> out.writeDouble(number, (Double) content);
            case STRING -> out.writeString(number, (String) content);
            case MESSAGE -> out.writeByteArray(number, encode((MessageNode) content));
            default -> throw Schema.unsupported(field);
        }
    }
}
