package io.nereid.server.grpc;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.nereid.server.grpc.codec.EncodedMessage;
import io.nereid.server.grpc.http2.MessageByReference;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * An encoded message in the form in which gRPC takes it: it shows where its bytes lie; where it is compressed, it writes
 * itself, once, while it is handed over.
 */
final class OutgoingMessage extends InputStream implements Drainable, KnownLength, MessageByReference {
    private final EncodedMessage message;
    private int left;
    private InputStream read = InputStream.nullInputStream();

    OutgoingMessage(EncodedMessage message) {
        this.message = message;
        this.left = (int) message.length();
    }

    @Override
    public int length() {
        return (int) message.length();
    }

    @Override
    public void forEachPiece(Consumer<ByteBuffer> reader) {
        message.forEachPiece(reader);
    }

    @Override
    public void retain() {
        message.retain();
    }

    @Override
    public void release() {
        message.release();
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
        int length = left;
        left = 0;
        if (length > 0) {
            message.writeTo(target);
        }
        return length;
    }

    @Override
    public int available() throws IOException {
        return left + read.available();
    }

    /** For a transport that does not know {@link Drainable}. */
    @Override
    public int read() throws IOException {
        unroll();
        return read.read();
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        unroll();
        return read.read(target, offset, length);
    }

    private void unroll() throws IOException {
        if (left > 0) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(left);
            drainTo(bytes);
            read = new ByteArrayInputStream(bytes.toByteArray());
        }
    }
}
