package io.nereid.server.grpc.http2;

import io.grpc.Detachable;
import io.grpc.HasByteBuffer;
import io.grpc.KnownLength;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * The bytes of a message in the buffers that they were read into. Each is released as soon as it has been read; closing
 * releases the rest. One thread at a time.
 */
final class ReceivedBuffers extends InputStream implements KnownLength, Detachable, HasByteBuffer {
    private ArrayDeque<ByteBuf> buffers = new ArrayDeque<>(4);
    private int length;

    /** Takes over a buffer, which is the next part of the message. */
    void add(ByteBuf buffer) {
        if (!buffer.isReadable()) {
            buffer.release();
            return;
        }
        length += buffer.readableBytes();
        buffers.add(buffer);
    }

    @Override
    public int available() {
        return length;
    }

    @Override
    public boolean byteBufferSupported() {
        return true;
    }

    /** The next bytes as they lie; {@link #skip} goes on. */
    @Override
    public @Nullable ByteBuffer getByteBuffer() {
        ByteBuf first = buffers.peek();
        if (first == null) {
            return null;
        }
        return first.nioBufferCount() == 1 ? first.nioBuffer() : first.nioBuffers()[0];
    }

    @Override
    public int read() {
        ByteBuf first = buffers.peek();
        if (first == null) {
            return -1;
        }
        int next = first.readUnsignedByte();
        taken(first, 1);
        return next;
    }

    @Override
    public int read(byte[] target, int offset, int count) {
        ByteBuf first = buffers.peek();
        if (count == 0) {
            return 0;
        }
        if (first == null) {
            return -1;
        }
        int part = Math.min(count, first.readableBytes());
        first.readBytes(target, offset, part);
        taken(first, part);
        return part;
    }

    @Override
    public long skip(long count) {
        long left = Math.min(count, length);
        long skipped = Math.max(0, left);
        while (left > 0) {
            ByteBuf first = buffers.element();
            int part = (int) Math.min(left, first.readableBytes());
            first.skipBytes(part);
            taken(first, part);
            left -= part;
        }
        return skipped;
    }

    private void taken(ByteBuf first, int count) {
        length -= count;
        if (!first.isReadable()) {
            buffers.remove().release();
        }
    }

    /** The bytes that have not been read, in a stream that is the caller's. This one has none then. */
    @Override
    public InputStream detach() {
        ReceivedBuffers detached = new ReceivedBuffers();
        detached.buffers = buffers;
        detached.length = length;
        buffers = new ArrayDeque<>(0);
        length = 0;
        return detached;
    }

    @Override
    public void close() {
        buffers.forEach(ByteBuf::release);
        buffers.clear();
        length = 0;
    }
}
