package io.nereid.server.http.connection;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.ChargedMemory;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.EventExecutor;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/**
 * The body of one request as it arrives, in one native buffer. What is reserved follows what has come, not what is
 * announced: while half of the ledger's total is free it grows to {@link #AMPLE_GROWTH} times what has come, so that
 * of an honest body a sixteenth is moved once; after that to {@link #GROWTH} times, or to the whole once a quarter
 * has come. So promises never make the total short.
 *
 * <p>What came before the buffer grew is moved piece by piece, with each read after that and between the loop's other
 * work: moving hundreds of megabytes at once would keep the event loop, and all other clients on it, for as many
 * milliseconds. Used on one event loop only.
 */
final class RequestBody {
    /** What every connection has been charged with, for the head and a small body. */
    static final int FREE_BYTES = 16 << 10;
    /** What a client may have reserved by its word alone, while there is enough. */
    static final int TRUSTED_BYTES = 64 << 10;
    private static final int AMPLE_GROWTH = 16;
    private static final int GROWTH = 2;
    /** One part in so many of what is announced must have come before all of it is reserved, in one step. */
    private static final int MOSTLY_COME = 4;
    /** What is moved with one read, at least, and for each byte of a longer one. */
    private static final int MOVED_BYTES = 2 << 20;
    private static final int MOVED_PER_BYTE = 4;
    /** A body longer than this is read a little at a time. */
    private static final int LONG_BYTES = 4 << 20;
    /** What one read of a long body brings at most: some 250 microseconds where the memory is new. */
    private static final int READ_BYTES = 256 << 10;

    private final EventExecutor loop;
    private final ChargedMemory charged;
    private final long maxBytes;
    /** Where in the buffer the body begins. */
    private final int start;
    /** The announced length, or -1 for a chunked body. */
    private final long announced;
    private TensorBuffer buffer;
    private long received;
    /** The buffer before it grew, while not all of it has been moved; and how much of it has, of how much. */
    private @Nullable TensorBuffer outgrown;
    private long moved;
    private long toMove;

    /**
     * A body nothing of which has arrived.
     *
     * @param loop the event loop that it is used on
     * @param memory where it lies
     * @param account the connection's, which is charged until the buffer is released
     * @param announced its length, -1 if the client did not say
     * @param aligned the offset in the body that shall lie aligned in memory: where its first binary tensor begins
     * @throws InferenceException INVALID_ARG if it is over the limit, UNAVAILABLE if there is no memory for it
     */
    RequestBody(EventExecutor loop, TensorAllocator memory, Account account, long announced, long maxBytes,
            long aligned) throws InferenceException {
        this.loop = loop;
        this.charged = account.charging(memory);
        this.announced = announced;
        this.maxBytes = maxBytes;
        checkLength(announced);
        this.start = (int) (-aligned & (TensorMemory.ALIGNMENT - 1));
        this.buffer = first(memory);
    }

    private TensorBuffer first(TensorAllocator memory) throws InferenceException {
        TensorBuffer ample = announced <= FREE_BYTES ? null
                : charged.allocateIfAmple(start + Math.min(announced, TRUSTED_BYTES));
        return ample != null ? ample
                : memory.allocate(start + (announced < 0 ? FREE_BYTES : Math.min(announced, FREE_BYTES)));
    }

    /** Copies a piece that arrived with other bytes. */
    void append(ByteBuf piece) throws InferenceException {
        int length = piece.readableBytes();
        if (length == 0) {
            return;
        }
        checkLength(received + length);
        reserve(length);
        piece.readBytes(window(received, length));
        advance(length);
    }

    /** How many announced bytes have not arrived; 0 for a chunked body, whose end only the decoder knows. */
    long missing() {
        return announced < 0 ? 0 : announced - received;
    }

    /**
     * An empty view of the place where the next bytes belong, for a socket to write into; valid until the next call. Of
     * a long body it is short: a socket holds megabytes, and a loop that takes all that each of some dozens has, a
     * millisecond for each megabyte, keeps the others on it waiting.
     */
    ByteBuf space() throws InferenceException {
        reserve(1);
        long free = Math.min(capacity() - received, missing());
        int most = announced > LONG_BYTES ? READ_BYTES : LONG_BYTES;
        return Unpooled.wrappedBuffer(window(received, (int) Math.min(free, most))).clear();
    }

    /** Says that {@code bytes} bytes were written into {@link #space}. */
    void advance(int bytes) {
        received += bytes;
        if (outgrown != null) {
            move(Math.max(MOVED_BYTES, (long) bytes * MOVED_PER_BYTE));
        }
    }

    /** The whole body, exactly as long as what arrived; the caller owns it and this object is done. */
    TensorBuffer take() {
        move(toMove);
        buffer.narrow(start, received);
        return buffer;
    }

    /** Drops what has arrived. */
    void release() {
        buffer.release();
        if (outgrown != null) {
            outgrown.release();
            outgrown = null;
        }
    }

    private void reserve(int bytes) throws InferenceException {
        if (received + bytes <= capacity()) {
            return;
        }
        TensorBuffer ample = charged.allocateIfAmple(grown(AMPLE_GROWTH, bytes));
        TensorBuffer larger = ample != null ? ample : charged.allocate(grown(GROWTH, bytes));
        move(toMove);
        outgrown = buffer;
        moved = 0;
        toMove = received;
        buffer = larger;
        moveOn();
    }

    /** By its timer, not as its next task: those it does one after the other, and nothing else meanwhile. */
    private void moveOn() {
        move(MOVED_BYTES);
        if (outgrown != null) {
            loop.schedule(this::moveOn, 0, TimeUnit.NANOSECONDS);
        }
    }

    /** Moves up to so many bytes of what came before the buffer grew. */
    private void move(long bytes) {
        if (outgrown == null) {
            return;
        }
        long now = Math.min(bytes, toMove - moved);
        MemorySegment.copy(outgrown.segment(), start + moved, buffer.segment(), start + moved, now);
        moved += now;
        if (moved == toMove) {
            outgrown.release();
            outgrown = null;
        }
    }

    private long grown(int growth, int bytes) {
        long wanted = Math.max(capacity() * growth, received + bytes);
        // Half of it is as good as all of it: else the last step would move most of the body for little of its rest.
        boolean nearlyAll = announced >= 0
                && (received >= announced / MOSTLY_COME || (growth == AMPLE_GROWTH && wanted >= announced / 2));
        return start + (nearlyAll ? announced : Math.min(wanted, announced < 0 ? maxBytes : announced));
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
