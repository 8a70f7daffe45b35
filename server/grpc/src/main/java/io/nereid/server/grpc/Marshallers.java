package io.nereid.server.grpc;

import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.Status;
import io.nereid.inference.TensorMemory;
import io.nereid.server.grpc.codec.EncodedMessage;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/** How gRPC reads and writes messages: it does not, it hands their bytes on. */
final class Marshallers {
    /** More than any name takes. */
    private static final int MOST_SMALL_BYTES = 1 << 20;

    private Marshallers() {}

    /** Hands messages on as they are, but for large ones: reading one of those ends its call. */
    static Marshaller<InputStream> small() {
        return new Marshaller<>() {
            @Override
            public InputStream parse(InputStream stream) {
                try {
                    byte[] bytes = stream.readNBytes(MOST_SMALL_BYTES + 1);
                    if (bytes.length > MOST_SMALL_BYTES) {
                        throw Status.RESOURCE_EXHAUSTED.withDescription("the message is larger than "
                                + MOST_SMALL_BYTES + " bytes").asRuntimeException();
                    }
                    return new ByteArrayInputStream(bytes);
                } catch (IOException e) {
                    throw new IllegalStateException("reading from memory failed", e);
                }
            }

            @Override
            public InputStream stream(InputStream message) {
                return message;
            }
        };
    }

    /**
     * Hands requests on in the pieces that they came in.
     *
     * @param memory where messages go that came compressed
     * @param maxDecompressed the most bytes that one of those may come to
     */
    static Marshaller<ReceivedMessage> requests(TensorMemory memory, long maxDecompressed) {
        return new Marshaller<>() {
            @Override
            public ReceivedMessage parse(InputStream stream) {
                return ReceivedMessage.of(stream, memory, maxDecompressed);
            }

            @Override
            public InputStream stream(ReceivedMessage message) {
                throw new UnsupportedOperationException("a server sends no requests");
            }
        };
    }

    static Marshaller<EncodedMessage> responses() {
        return new Marshaller<>() {
            @Override
            public InputStream stream(EncodedMessage message) {
                return new OutgoingMessage(message);
            }

            @Override
            public EncodedMessage parse(InputStream stream) {
                throw new UnsupportedOperationException("a server receives no responses");
            }
        };
    }
}
