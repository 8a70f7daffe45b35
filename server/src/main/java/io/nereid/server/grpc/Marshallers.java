package io.nereid.server.grpc;

import io.grpc.MethodDescriptor.Marshaller;
import io.nereid.inference.TensorMemory;
import io.nereid.server.grpc.codec.EncodedMessage;

import java.io.InputStream;

/** How gRPC reads and writes the messages of inference: it does not, it hands their bytes on. */
final class Marshallers {
    private Marshallers() {}

    /** @param memory where messages go that came compressed */
    static Marshaller<ReceivedMessage> requests(TensorMemory memory) {
        return new Marshaller<>() {
            @Override
            public ReceivedMessage parse(InputStream stream) {
                return ReceivedMessage.of(stream, memory);
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
