package io.nereid.server.grpc.http2;

import io.grpc.Drainable;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A message on its way to the client: its bytes with the head that gRPC puts before them, or a message whose bytes lie
 * elsewhere, which it retains. Made on one thread, written on the connection's event loop; one owner at a time.
 */
final class OutboundMessage {
    private static final int HEAD_BYTES = 5;
    private static final int FLAGS = 0;
    private static final int COMPRESSED = 1;
    /** What is sent from where it lies has at least so many bytes: copying less costs less than a buffer more. */
    private static final int MIN_REFERENCED_BYTES = 4 << 10;
    private static final int FIRST_BYTES = 512;

    private final @Nullable ByteBuf bytes;
    private final @Nullable MessageByReference message;
    private final int length;

    private OutboundMessage(@Nullable ByteBuf bytes, @Nullable MessageByReference message, int length) {
        this.bytes = bytes;
        this.message = message;
        this.length = length;
    }

    /** Compresses what is written through it. */
    @FunctionalInterface
    interface Compression {
        OutputStream of(OutputStream target) throws IOException;
    }

    /**
     * A message as its marshaller gives it, which is closed.
     *
     * @param compression null for none
     */
    static OutboundMessage of(InputStream message, @Nullable Compression compression, ByteBufAllocator allocator) {
        try (message) {
            if (compression == null && message instanceof MessageByReference referenced) {
                referenced.retain();
                return new OutboundMessage(null, referenced, HEAD_BYTES + referenced.length());
            }
            ByteBuf bytes = copied(message, compression, allocator);
            return new OutboundMessage(bytes, null, bytes.readableBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ByteBuf copied(InputStream message, @Nullable Compression compression, ByteBufAllocator allocator)
            throws IOException {
        ByteBuf bytes = allocator.buffer(FIRST_BYTES);
        boolean complete = false;
        try {
            bytes.writeByte(compression == null ? FLAGS : COMPRESSED).writeInt(0);
            try (OutputStream target = new ByteBufOutputStream(bytes);
                    OutputStream out = compression == null ? target : compression.of(target)) {
                if (message instanceof Drainable drainable) {
                    drainable.drainTo(out);
                } else {
                    message.transferTo(out);
                }
            }
            bytes.setInt(1, bytes.readableBytes() - HEAD_BYTES);
            complete = true;
            return bytes;
        } finally {
            if (!complete) {
                bytes.release();
            }
        }
    }

    /** Bytes that it takes among the payload. */
    int length() {
        return length;
    }

    /** Gives it back unsent. */
    void release() {
        if (bytes != null) {
            bytes.release();
        }
        if (message != null) {
            message.release();
        }
    }

    /** What it is written as. */
    Written toBuffers(ByteBufAllocator allocator) {
        MessageByReference referenced = message;
        if (referenced == null) {
            return new Written(List.of(bytes == null ? Unpooled.EMPTY_BUFFER : bytes), null);
        }
        Buffers buffers = new Buffers(allocator, referenced.length());
        boolean complete = false;
        try {
            referenced.forEachPiece(buffers::add);
            complete = true;
        } finally {
            if (!complete) {
                buffers.release();
                referenced.release();
            }
        }
        if (buffers.refers) {
            return new Written(buffers.all, referenced);
        }
        referenced.release();
        return new Written(buffers.all, null);
    }

    /**
     * Buffers to be written one after the other.
     *
     * @param memory to be released when the last has been written; null for none
     */
    record Written(List<ByteBuf> buffers, @Nullable MessageByReference memory) {}

    /** Copies what is small, and wraps the rest. */
    private static final class Buffers {
        private final ByteBufAllocator allocator;
        private final List<ByteBuf> all = new ArrayList<>(2);
        /** The last one, if it can be written to. */
        private @Nullable ByteBuf open;
        private boolean refers;

        Buffers(ByteBufAllocator allocator, int length) {
            this.allocator = allocator;
            begin(HEAD_BYTES + Math.min(length, FIRST_BYTES)).writeByte(FLAGS).writeInt(length);
        }

        private ByteBuf begin(int capacity) {
            ByteBuf next = allocator.buffer(capacity);
            all.add(next);
            open = next;
            return next;
        }

        void add(ByteBuffer piece) {
            if (piece.isDirect() && piece.remaining() >= MIN_REFERENCED_BYTES) {
                all.add(Unpooled.wrappedBuffer(piece));
                open = null;
                refers = true;
            } else if (piece.hasRemaining()) {
                ByteBuf target = open == null ? begin(FIRST_BYTES) : open;
                target.writeBytes(piece);
            }
        }

        void release() {
            all.forEach(ByteBuf::release);
        }
    }
}
