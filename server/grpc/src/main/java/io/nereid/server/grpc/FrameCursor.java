package io.nereid.server.grpc;

import io.netty.buffer.ByteBuf;

/**
 * Where the frames of one direction of an HTTP/2 connection begin and end, however their bytes are cut into buffers.
 * Not thread-safe.
 */
final class FrameCursor {
    /** Three bytes of length, one of type, one of flags, four with the stream. */
    private static final int HEADER_BYTES = 9;
    private static final int LENGTH_BYTES = 3;
    private static final byte DATA = 0;
    private static final byte NO_TYPE = -1;

    /** Bytes of a frame's header that have been seen, the frame's length and type, and what is left of its payload. */
    private int headerSeen;
    private int length;
    private byte type = NO_TYPE;
    private int payloadLeft;

    /** @param prefaceBytes what comes before the first frame */
    FrameCursor(int prefaceBytes) {
        this.payloadLeft = prefaceBytes;
    }

    /**
     * Goes on at {@code from} through a byte of a header, or through all that has come of a payload.
     *
     * @param end where the bytes end; more than {@code from}
     * @return the index behind
     */
    int advance(ByteBuf bytes, int from, int end) {
        if (payloadLeft == 0) {
            header(bytes.getByte(from));
            return from + 1;
        }
        int part = Math.min(payloadLeft, end - from);
        payloadLeft -= part;
        return from + part;
    }

    /** Whether the next byte is payload of a DATA frame. */
    boolean isInData() {
        return payloadLeft > 0 && type == DATA;
    }

    /** Whether the next byte begins a frame. */
    boolean isBetweenFrames() {
        return payloadLeft == 0 && headerSeen == 0;
    }

    /** Whether a frame has begun, and the next byte belongs to it. */
    boolean isInFrame() {
        return headerSeen > 0 || (payloadLeft > 0 && type != NO_TYPE);
    }

    private void header(byte next) {
        if (headerSeen < LENGTH_BYTES) {
            length = length << Byte.SIZE | Byte.toUnsignedInt(next);
        } else if (headerSeen == LENGTH_BYTES) {
            type = next;
        }
        headerSeen++;
        if (headerSeen == HEADER_BYTES) {
            payloadLeft = length;
            headerSeen = 0;
            length = 0;
        }
    }
}
