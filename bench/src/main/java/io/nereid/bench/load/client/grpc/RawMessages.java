package io.nereid.bench.load.client.grpc;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor.Marshaller;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/** Messages as bytes. Stateless and thread-safe. */
enum RawMessages implements Marshaller<byte[]> {
    /** Written as they are, read to their end. */
    WHOLE {
        @Override
        byte[] read(InputStream message) throws IOException {
            return message.readAllBytes();
        }
    },
    /** Written as they are; of one that comes only the first byte is read, which names its first field. */
    FIRST_BYTE {
        @Override
        byte[] read(InputStream message) throws IOException {
            return message.readNBytes(1);
        }
    };

    /** Bytes in the form in which gRPC writes them without a buffer of its own in between. */
    private static final class Outgoing extends ByteArrayInputStream implements Drainable, KnownLength {
        Outgoing(byte[] bytes) {
            super(bytes);
        }

        @Override
        public int drainTo(OutputStream target) throws IOException {
            int length = count - pos;
            target.write(buf, pos, length);
            pos = count;
            return length;
        }
    }

    abstract byte[] read(InputStream message) throws IOException;

    @Override
    public InputStream stream(byte[] message) {
        return new Outgoing(message);
    }

    @Override
    public byte[] parse(InputStream message) {
        try {
            return read(message);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
