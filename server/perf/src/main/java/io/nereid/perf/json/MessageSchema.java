package io.nereid.perf.json;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which fields of a protobuf message are read, and as what: the message comes out as the object that the same answer is
 * in JSON. Every other field is skipped. Immutable.
 */
final class MessageSchema {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int LENGTH = 2;
    private static final int FIXED32 = 5;

    /** What a field holds. */
    private enum Kind {
        TEXT,
        NUMBER,
        TRUTH,
        MESSAGE
    }

    private record Field(String name, Kind kind, boolean repeated, @Nullable MessageSchema message) {}

    private final Map<Integer, Field> fields;

    private MessageSchema(Map<Integer, Field> fields) {
        this.fields = fields;
    }

    /** Without fields. */
    MessageSchema() {
        this(Map.of());
    }

    MessageSchema text(int number, String name) {
        return with(number, new Field(name, Kind.TEXT, false, null));
    }

    MessageSchema texts(int number, String name) {
        return with(number, new Field(name, Kind.TEXT, true, null));
    }

    MessageSchema number(int number, String name) {
        return with(number, new Field(name, Kind.NUMBER, false, null));
    }

    MessageSchema numbers(int number, String name) {
        return with(number, new Field(name, Kind.NUMBER, true, null));
    }

    MessageSchema truth(int number, String name) {
        return with(number, new Field(name, Kind.TRUTH, false, null));
    }

    MessageSchema message(int number, String name, MessageSchema message) {
        return with(number, new Field(name, Kind.MESSAGE, false, message));
    }

    MessageSchema messages(int number, String name, MessageSchema message) {
        return with(number, new Field(name, Kind.MESSAGE, true, message));
    }

    private MessageSchema with(int number, Field field) {
        Map<Integer, Field> more = new LinkedHashMap<>(fields);
        more.put(number, field);
        return new MessageSchema(more);
    }

    /**
     * Reads a message of this form.
     *
     * @throws IOException where it is none
     */
    JsonObject read(ByteBuffer message) throws IOException {
        try {
            return JsonObject.of(members(message.slice().order(ByteOrder.LITTLE_ENDIAN)));
        } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException
                | ArithmeticException _) {
            throw new IOException("got something else (expected a protobuf message)");
        }
    }

    private Map<String, Object> members(ByteBuffer message) {
        Map<String, Object> members = new LinkedHashMap<>();
        while (message.hasRemaining()) {
            long tag = varint(message);
            int form = (int) (tag & 7);
            Field field = fields.get((int) (tag >>> 3));
            if (field == null) {
                skip(message, form);
            } else if (form == LENGTH) {
                lengthDelimited(members, field, slice(message));
            } else {
                put(members, field, scalar(field, fixedOrVarint(message, form)));
            }
        }
        return members;
    }

    private static void lengthDelimited(Map<String, Object> members, Field field, ByteBuffer value) {
        if (field.message() != null) {
            put(members, field, field.message().members(value));
        } else if (field.kind() == Kind.TEXT) {
            put(members, field, StandardCharsets.UTF_8.decode(value).toString());
        } else {
            while (value.hasRemaining()) {
                put(members, field, scalar(field, varint(value)));
            }
        }
    }

    private static Object scalar(Field field, long value) {
        return field.kind() == Kind.TRUTH ? (Object) (value != 0) : (Object) value;
    }

    @SuppressWarnings("unchecked")
    private static void put(Map<String, Object> members, Field field, Object value) {
        if (field.repeated()) {
            ((List<Object>) members.computeIfAbsent(field.name(), _ -> new ArrayList<>())).add(value);
        } else {
            members.put(field.name(), value);
        }
    }

    private static void skip(ByteBuffer message, int form) {
        if (form == LENGTH) {
            slice(message);
        } else {
            fixedOrVarint(message, form);
        }
    }

    private static ByteBuffer slice(ByteBuffer message) {
        int length = Math.toIntExact(varint(message));
        ByteBuffer slice = message.slice(message.position(), length).order(ByteOrder.LITTLE_ENDIAN);
        message.position(message.position() + length);
        return slice;
    }

    private static long fixedOrVarint(ByteBuffer message, int form) {
        return switch (form) {
            case VARINT -> varint(message);
            case FIXED64 -> message.getLong();
            case FIXED32 -> message.getInt();
            default -> throw new IllegalArgumentException("form " + form);
        };
    }

    private static long varint(ByteBuffer message) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = message.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a number of more than ten bytes");
    }
}
