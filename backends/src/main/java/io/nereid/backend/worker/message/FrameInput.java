package io.nereid.backend.worker.message;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Frames out of a stream, each mostly by one read. Blocks for as long as the stream does. Not thread-safe.
 */
public final class FrameInput {
    /** More than a batch of inline tensors takes; a frame is in the heap. */
    private static final int MAX_FRAME_BYTES = 1 << 28;
    private static final int KEPT_BYTES = 1 << 20;
    private static final int FIRST_BYTES = 1 << 13;
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final InputStream in;
    private final FrameReader reader;
    private byte[] buffer = new byte[FIRST_BYTES];
    private int begin;
    private int end;

    /** Frames that a worker sends by that stream, which is the caller's to close. */
    public FrameInput(InputStream in) {
        this(in, false);
    }

    private FrameInput(InputStream in, boolean fromServer) {
        this.in = in;
        this.reader = new FrameReader(fromServer);
    }

    /** For a worker: frames that its server sends by that stream, which is the caller's to close. */
    public static FrameInput ofServer(InputStream in) {
        return new FrameInput(in, true);
    }

    /**
     * The next frame, of use until the one after it; null where the stream ends.
     *
     * @throws MalformedFrameException if it ends within a frame, or a frame is longer than any that a worker sends
     */
    public @Nullable FrameReader next() throws IOException {
        if (begin == end) {
            begin = 0;
            end = 0;
            if (buffer.length > KEPT_BYTES) {
                buffer = new byte[FIRST_BYTES];
            }
        }
        if (!fill(Integer.BYTES)) {
            return null;
        }
        int length = (int) INT.get(buffer, begin);
        if (length < 1 || length > MAX_FRAME_BYTES) {
            throw new MalformedFrameException(
                    "a frame of " + Integer.toUnsignedString(length) + " bytes (expected 1 to "
                            + MAX_FRAME_BYTES + ")");
        }
        if (!fill(Integer.BYTES + length)) {
            throw new MalformedFrameException("the stream ends within a frame of " + length + " bytes");
        }
        int from = begin;
        begin += Integer.BYTES + length;
        return reader.read(buffer, from, begin);
    }

    /** Reads until there are so many bytes; returns false if the stream ends before the first of them. */
    private boolean fill(int wanted) throws IOException {
        if (wanted > buffer.length - begin) {
            makePlace(wanted);
        }
        while (end - begin < wanted) {
            int read = in.read(buffer, end, buffer.length - end);
            if (read < 0) {
                if (end > begin && wanted == Integer.BYTES) {
                    throw new MalformedFrameException("the stream ends within the length of a frame");
                }
                return false;
            }
            end += read;
        }
        return true;
    }

    private void makePlace(int wanted) {
        byte[] target = wanted > buffer.length ? new byte[Math.max(wanted, 2 * buffer.length)] : buffer;
        System.arraycopy(buffer, begin, target, 0, end - begin);
        end -= begin;
        begin = 0;
        buffer = target;
    }
}
