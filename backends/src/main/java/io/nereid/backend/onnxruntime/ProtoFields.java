package io.nereid.backend.onnxruntime;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

/**
 * The fields of a message in protobuf's wire form, one after the other. What is no such message ends in an
 * {@link IndexOutOfBoundsException} or an {@link IllegalArgumentException}. Not thread-safe.
 */
final class ProtoFields {
    private final MemorySegment message;
    private long at;
    private int number;
    /** The field's content if it is a text or a message, else the empty segment. */
    private MemorySegment content = MemorySegment.NULL;

    ProtoFields(MemorySegment message) {
        this.message = message;
    }

    /** Goes to the next field; false behind the last one. */
    boolean next() {
        if (at == message.byteSize()) {
            return false;
        }
        long tag = varint();
        number = (int) (tag >>> 3);
        content = MemorySegment.NULL;
        switch ((int) tag & 7) {
            case 0 -> varint();
            case 1 -> skip(Long.BYTES);
            case 2 -> content = skip(varint());
            case 5 -> skip(Integer.BYTES);
            default -> throw new IllegalArgumentException("a field of unknown wire type");
        }
        return true;
    }

    /** The field's number. */
    int number() {
        return number;
    }

    /** The field as a message. */
    ProtoFields message() {
        return new ProtoFields(content);
    }

    /** The field as a text. */
    String text() {
        return new String(content.toArray(JAVA_BYTE), StandardCharsets.UTF_8);
    }

    private MemorySegment skip(long bytes) {
        MemorySegment skipped = message.asSlice(at, bytes);
        at += bytes;
        return skipped;
    }

    private long varint() {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = message.get(JAVA_BYTE, at++);
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a number of more than ten bytes");
    }
}
