package io.nereid.perf.grpc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads the fields of a protobuf message one after the other. Not thread-safe. */
final class ProtobufReader {
    private static final int VARINT = 0;
    private static final int FIXED_64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED_32 = 5;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final ByteBuffer message;
    private int field;
    private long number;
    private ByteBuffer bytes = NOTHING;

    /** Reads from the buffer, to its limit. A last field that is longer than what is there is read as far as it goes. */
    ProtobufReader(ByteBuffer message) {
        this.message = message.slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Goes to the next field; false at the end. */
    boolean next() throws IOException {
        if (!message.hasRemaining()) {
            return false;
        }
        int tag = (int) varint();
        field = tag >>> 3;
        number = 0;
        bytes = NOTHING;
        switch (tag & 7) {
            case VARINT -> number = varint();
            case FIXED_64 -> number = message.getLong();
            case FIXED_32 -> number = message.getInt();
            case BYTES -> {
                int length = (int) Math.min(varint(), message.remaining());
                bytes = message.slice(message.position(), length);
                message.position(message.position() + length);
            }
            default -> throw new IOException("a message of the server has a field of an unknown kind");
        }
        return true;
    }

    private long varint() throws IOException {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (!message.hasRemaining()) {
                throw new IOException("a message of the server ends too early");
            }
            byte octet = message.get();
            value |= (octet & 0x7fL) << shift;
            if (octet >= 0) {
                return value;
            }
        }
        throw new IOException("a message of the server has a number that is too long");
    }

    /** The number of the field. */
    int field() {
        return field;
    }

    /** Its value, if it is a number. */
    long number() {
        return number;
    }

    /** Its value, if it is a text, bytes or a message; a view. */
    ByteBuffer bytes() {
        return bytes.duplicate();
    }
}
