package io.nereid.modelrepo.config;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/** Protobuf's binary form of a {@link MessageNode}: the way between the tree and the generated classes. */
final class WireForm {

    private WireForm() {}

    static byte[] encode(MessageNode message) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try {
            CodedOutputStream out = CodedOutputStream.newInstance(bytes);
            for (Map.Entry<Schema.Field, List<MessageNode.Value>> entry : message.all().entrySet()) {
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

    private static void write(CodedOutputStream out, Schema.Field field, Object content) throws IOException {
        int number = field.number();
        switch (field.kind()) {
            // every integer type is a varint of its 64 sign-extended bits
            case INT32, INT64, UINT32, UINT64, ENUM -> out.writeUInt64(number, (Long) content);
            case BOOL -> out.writeBool(number, (Boolean) content);
            case FLOAT -> out.writeFloat(number, ((Double) content).floatValue());
            case DOUBLE -> out.writeDouble(number, (Double) content);
            case STRING -> out.writeString(number, (String) content);
            case MESSAGE -> out.writeByteArray(number, encode((MessageNode) content));
        }
    }

    /** The tree of a message that this server wrote itself: a field that the schema does not have is a defect. */
    static MessageNode decode(Schema.MessageType type, byte[] bytes) {
        MessageNode message = new MessageNode(type);
        try {
            CodedInputStream in = CodedInputStream.newInstance(bytes);
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                Schema.Field field = type.find(WireFormat.getTagFieldNumber(tag));
                if (field == null) {
                    throw new IllegalStateException(type.name() + " has no field " + WireFormat.getTagFieldNumber(tag));
                }
                readField(in, WireFormat.getTagWireType(tag), message, field);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return message;
    }

    private static void readField(CodedInputStream in, int wireType, MessageNode message, Schema.Field field)
            throws IOException {
        boolean lengthDelimited = field.kind() == Schema.Kind.STRING || field.kind() == Schema.Kind.MESSAGE;
        if (wireType != WireFormat.WIRETYPE_LENGTH_DELIMITED || lengthDelimited) {
            message.add(field, read(in, field), Position.UNKNOWN);
            return;
        }
        int end = in.pushLimit(in.readRawVarint32());
        while (in.getBytesUntilLimit() > 0) {
            message.add(field, read(in, field), Position.UNKNOWN);
        }
        in.popLimit(end);
    }

    private static Object read(CodedInputStream in, Schema.Field field) throws IOException {
        return switch (field.kind()) {
            case INT32, INT64, UINT32, UINT64, ENUM -> in.readRawVarint64();
            case BOOL -> in.readBool();
            case FLOAT -> (double) in.readFloat();
            case DOUBLE -> in.readDouble();
            case STRING -> in.readString();
            case MESSAGE -> decode(field.requireMessageType(), in.readByteArray());
        };
    }
}
