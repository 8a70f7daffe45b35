package io.nereid.perf.grpc;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Writes a protobuf message field by field. Not thread-safe. */
public final class ProtobufWriter {
    private static final int VARINT = 0;
    private static final int BYTES = 2;

    private final ByteArrayOutputStream message = new ByteArrayOutputStream();

    /** A text; left out if it is empty, as protobuf does. */
    public ProtobufWriter text(int field, String text) {
        return text.isEmpty() ? this : bytes(field, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Bytes, also none; their buffer is not moved. */
    public ProtobufWriter bytes(int field, ByteBuffer bytes) {
        varint((long) field << 3 | BYTES);
        varint(bytes.remaining());
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        message.writeBytes(copy);
        return this;
    }

    /** A message in the message. */
    public ProtobufWriter message(int field, ProtobufWriter inner) {
        return bytes(field, inner.toBytes());
    }

    /** A whole number, or a boolean as 0 or 1. */
    public ProtobufWriter number(int field, long value) {
        varint((long) field << 3 | VARINT);
        varint(value);
        return this;
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            message.write((int) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        message.write((int) rest);
    }

    /** The whole message. */
    public ByteBuffer toBytes() {
        return ByteBuffer.wrap(message.toByteArray());
    }
}
