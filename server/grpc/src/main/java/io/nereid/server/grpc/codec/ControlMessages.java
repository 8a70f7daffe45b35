package io.nereid.server.grpc.codec;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import io.nereid.inference.InferenceException;
import io.nereid.server.protocol.RequestLimits;

import java.nio.ByteBuffer;

/**
 * Checks the messages of calls that are no inference before protobuf makes objects of them: there an entry of two
 * bytes takes a hundred. Not thread-safe; one for each message.
 */
public final class ControlMessages {
    private final ProtoReader in;
    private final RequestLimits limits;
    /** Entries of all maps and lists so far. */
    private int entries;

    private ControlMessages(byte[] message, RequestLimits limits) {
        ByteBuffer whole = ByteBuffer.wrap(message);
        this.in = new ProtoReader(() -> whole.hasRemaining() ? whole : null, message.length, limits);
        this.limits = limits;
    }

    /**
     * Checks a message.
     *
     * @param type what it should be; fields that it does not have are passed over
     * @throws InferenceException INVALID_ARG if it is malformed, has more entries in its maps and lists together than
     *             a request may have parameters, or a text that is too long
     */
    public static void check(byte[] message, Descriptor type, RequestLimits limits) throws InferenceException {
        new ControlMessages(message, limits).checkFields(type);
    }

    private void checkFields(Descriptor type) throws InferenceException {
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            FieldDescriptor field = type.findFieldByNumber(tag >>> 3);
            if (field == null || (tag & 7) != ProtoReader.BYTES) {
                in.skip(tag);
            } else {
                checkField(field);
            }
        }
    }

    private void checkField(FieldDescriptor field) throws InferenceException {
        if (field.isRepeated()) {
            limits.checkParameters(++entries);
        }
        if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
            long outer = in.enter();
            checkFields(field.getMessageType());
            in.leave(outer);
        } else {
            long length = in.length();
            limits.checkString(length);
            in.skipBytes(length);
        }
    }
}
