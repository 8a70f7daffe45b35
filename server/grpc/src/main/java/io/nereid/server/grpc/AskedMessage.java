package io.nereid.server.grpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.grpc.MethodDescriptor.Marshaller;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

import java.io.IOException;
import java.io.InputStream;

/**
 * What a client asks, or what is wrong with its message: gRPC itself would say no more than that the call failed.
 *
 * @param <Q> the type of the message
 */
@FunctionalInterface
interface AskedMessage<Q> {
    /**
     * The message.
     *
     * @throws InferenceException INVALID_ARG if it was too large, or no such message
     */
    Q get() throws InferenceException;

    /**
     * Reads messages of a type into the heap.
     *
     * @param type an empty message of it
     * @param mostBytes what a client may have read there
     */
    static <Q extends Message> Marshaller<AskedMessage<Q>> marshaller(Q type, int mostBytes) {
        return new Marshaller<>() {
            @Override
            public AskedMessage<Q> parse(InputStream stream) {
                try {
                    Q read = read(stream, type, mostBytes);
                    return () -> read;
                } catch (InvalidProtocolBufferException e) {
                    InferenceException failure = new InferenceException(ErrorCode.INVALID_ARG,
                            "the request is no " + type.getDescriptorForType().getName() + " of at most " + mostBytes
                                    + " bytes: " + e.getMessage(),
                            e);
                    return () -> {
                        throw failure;
                    };
                } catch (IOException e) {
                    throw new IllegalStateException("reading from memory failed", e);
                }
            }

            @Override
            public InputStream stream(AskedMessage<Q> message) {
                throw new UnsupportedOperationException("a server sends no requests");
            }
        };
    }

    @SuppressWarnings("unchecked") // a parser gives messages of its own type
    private static <Q extends Message> Q read(InputStream stream, Q type, int mostBytes) throws IOException {
        CodedInputStream coded = CodedInputStream.newInstance(stream);
        coded.setSizeLimit(mostBytes);
        Q read = (Q) type.getParserForType().parseFrom(coded);
        coded.checkLastTagWas(0);
        return read;
    }
}
