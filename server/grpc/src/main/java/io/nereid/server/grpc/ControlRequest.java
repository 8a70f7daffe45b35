package io.nereid.server.grpc;

import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.grpc.MethodDescriptor.Marshaller;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.grpc.codec.ControlMessages;
import io.nereid.server.protocol.RequestLimits;

import java.io.IOException;
import java.io.InputStream;

/**
 * The request of a call that is no inference, or what is wrong with its message: gRPC itself would say no more than
 * that the call failed.
 *
 * @param <Q> the type of the message
 */
@FunctionalInterface
interface ControlRequest<Q> {
    /**
     * The message.
     *
     * @throws InferenceException INVALID_ARG if it was too large, or no such message
     */
    Q get() throws InferenceException;

    /**
     * Reads messages of a type into the heap, after a look at how much they would take there.
     *
     * @param type an empty message of it
     */
    static <Q extends Message> Marshaller<ControlRequest<Q>> marshaller(Q type, RequestLimits limits) {
        return new Marshaller<>() {
            @Override
            public ControlRequest<Q> parse(InputStream stream) {
                try {
                    Q read = read(stream, type, limits);
                    return () -> read;
                } catch (InferenceException e) {
                    return () -> {
                        throw e;
                    };
                } catch (IOException e) {
                    throw new IllegalStateException("reading from memory failed", e);
                }
            }

            @Override
            public InputStream stream(ControlRequest<Q> message) {
                throw new UnsupportedOperationException("a server sends no requests");
            }
        };
    }

    @SuppressWarnings("unchecked") // a parser gives messages of its own type
    private static <Q extends Message> Q read(InputStream stream, Q type, RequestLimits limits)
            throws IOException, InferenceException {
        byte[] message = stream.readNBytes(limits.maxHeadBytes() + 1);
        limits.checkHead(message.length);
        ControlMessages.check(message, type.getDescriptorForType(), limits);
        try {
            return (Q) DiscardUnknownFieldsParser.wrap(type.getParserForType()).parseFrom(message);
        } catch (InvalidProtocolBufferException e) {
            throw new InferenceException(ErrorCode.INVALID_ARG,
                    "the request is no " + type.getDescriptorForType().getName() + ": " + e.getMessage(), e);
        }
    }
}
