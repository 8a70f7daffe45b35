package io.nereid.server.grpc.codec;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes the fields of a protobuf message, the small ones, into an array that grows. Not thread-safe. */
final class ProtoWriter {
    private byte[] bytes;
    private int length;

    /** @param expected how many bytes it will be, more or less */
    ProtoWriter(int expected) {
        bytes = new byte[expected];
    }

    void text(int field, String value) {
        if (!value.isEmpty()) {
            bytes(field, value.getBytes(StandardCharsets.UTF_8));
        }
    }

    void bytes(int field, byte[] value) {
        head(field, value.length);
        ensureCapacity(value.length);
        System.arraycopy(value, 0, bytes, length, value.length);
        length += value.length;
    }

    /** A message, complete. */
    void message(int field, ProtoWriter message) {
        head(field, message.length);
        raw(message);
    }

    /** The fields that another writer has written. */
    void raw(ProtoWriter message) {
        ensureCapacity(message.length);
        System.arraycopy(message.bytes, 0, bytes, length, message.length);
        length += message.length;
    }

    void number(int field, long value) {
        varint((long) field << 3 | ProtoReader.VARINT);
        varint(value);
    }

    void real(int field, double value) {
        varint((long) field << 3 | ProtoReader.FIXED64);
        long bits = Double.doubleToRawLongBits(value);
        ensureCapacity(Long.BYTES);
        for (int i = 0; i < Long.SIZE; i += 8) {
            bytes[length++] = (byte) (bits >>> i);
        }
    }

    /** The tag and length of bytes that are to follow. */
    void head(int field, long byteSize) {
        varint((long) field << 3 | ProtoReader.BYTES);
        varint(byteSize);
    }

    void varint(long value) {
        ensureCapacity(10);
        long left = value;
        while ((left & ~0x7fL) != 0) {
            bytes[length++] = (byte) (left | 0x80);
            left >>>= 7;
        }
        bytes[length++] = (byte) left;
    }

    /** Bytes of a number as it is written. */
    static int sizeOf(long value) {
        return Math.max(1, (70 - Long.numberOfLeadingZeros(value)) / 7);
    }

    int length() {
        return length;
    }

    /** What is written, in an array that may be longer. */
    byte[] array() {
        return bytes;
    }

    private void ensureCapacity(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(length + more, bytes.length * 2));
        }
    }
}
