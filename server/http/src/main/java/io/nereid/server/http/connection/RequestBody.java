package io.nereid.server.http.connection;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * The body of one request as it arrives, in one native buffer. What a client announces is trusted up to {@link
 * #TRUSTED_BYTES}; beyond that the buffer grows to {@link #GROWTH} times what has really come, so that thousands of
 * promises cost little memory, and of an honest body a sixteenth is moved once. Used on one event loop only.
 */
final class RequestBody {
    /** What a client may have reserved by its word alone. */
    static final int TRUSTED_BYTES = 64 << 10;
    private static final int FIRST_CHUNKED_BYTES = 16 << 10;
    private static final int GROWTH = 16;

    private final TensorAllocator memory;
    private final long maxBytes;
    /** Where in the buffer the body begins. */
    private final int start;
    /** The announced length, or -1 for a chunked body. */
    private final long announced;
    private TensorBuffer buffer;
    private long received;

    /**
     * A body nothing of which has arrived.
     *
     * @param announced its length, -1 if the client did not say
     * @param aligned the offset in the body that shall lie aligned in memory: where its first binary tensor begins
     * @throws InferenceException INVALID_ARG if it is over the limit, UNAVAILABLE if there is no memory for it
     */
    RequestBody(TensorAllocator memory, long announced, long maxBytes, long aligned) throws InferenceException {
        this.memory = memory;
        this.announced = announced;
        this.maxBytes = maxBytes;
        checkLength(announced);
        this.start = (int) (-aligned & (TensorMemory.ALIGNMENT - 1));
        this.buffer = memory
                .allocate(start + (announced < 0 ? FIRST_CHUNKED_BYTES : Math.min(announced, TRUSTED_BYTES)));
    }

    /** Copies a piece that arrived with other bytes. */
    void append(ByteBuf piece) throws InferenceException {
        int length = piece.readableBytes();
        if (length == 0) {
            return;
        }
        checkLength(received + length);
        makeRoom(length);
        piece.readBytes(window(received, length));
        received += length;
    }

    /** How many announced bytes have not arrived; 0 for a chunked body, whose end only the decoder knows. */
    long missing() {
        return announced < 0 ? 0 : announced - received;
    }

    /**
     * An empty view of the place where the next bytes belong, for a socket to write into; valid until the next call.
     */
    ByteBuf space() throws InferenceException {
        makeRoom(1);
        long room = Math.min(capacity() - received, missing());
        return Unpooled.wrappedBuffer(window(received, (int) Math.min(room, Integer.MAX_VALUE))).clear();
    }

    /** Says that {@code bytes} bytes were written into {@link #space}. */
    void advance(int bytes) {
        received += bytes;
    }

    /** The whole body, exactly as long as what arrived; the caller owns it and this object is done. */
    TensorBuffer take() {
        buffer.narrow(start, received);
        return buffer;
    }

    /** Drops what has arrived. */
    void release() {
        buffer.release();
    }

    private void makeRoom(int bytes) throws InferenceException {
        if (received + bytes <= capacity()) {
            return;
        }
        long wanted = Math.max(capacity() * GROWTH, received + bytes);
        TensorBuffer larger = memory.allocate(start + Math.min(wanted, announced < 0 ? maxBytes : announced));
        MemorySegment.copy(buffer.segment(), start, larger.segment(), start, received);
        buffer.release();
        buffer = larger;
    }

    private ByteBuffer window(long offset, int length) {
        return buffer.segment().asSlice(start + offset, length).asByteBuffer();
    }

    private long capacity() {
        return buffer.segment().byteSize() - start;
    }

    private void checkLength(long length) throws InferenceException {
        if (length > maxBytes) {
            throw new InferenceException(ErrorCode.INVALID_ARG,
                    "request body of " + length + " bytes exceeds the maximum of " + maxBytes + " bytes");
        }
    }
}
