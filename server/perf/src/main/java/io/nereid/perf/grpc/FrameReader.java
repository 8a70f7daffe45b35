package io.nereid.perf.grpc;

import io.nereid.perf.client.LoadConnection;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Cuts what comes from the server into frames. Used by one thread. */
final class FrameReader {
    private static final int BUFFER_BYTES = 128 * 1024;

    /** What takes the frames. */
    interface Handler {
        /** A frame came; its payload is the handler's until it returns. */
        void onFrame(int type, int flags, int stream, ByteBuffer payload) throws IOException;
    }

    private final Handler handler;
    private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER_BYTES);

    FrameReader(Handler handler) {
        this.handler = handler;
    }

    /** Forgets what came: another connection begins. */
    void clear() {
        in.clear();
    }

    /** Reads once and hands on the frames that are complete. */
    void read(LoadConnection connection) throws IOException {
        connection.read(in);
        in.flip();
        while (in.remaining() >= Frames.HEADER_BYTES) {
            int at = in.position();
            int length = (in.getShort(at) & 0xffff) << 8 | (in.get(at + 2) & 0xff);
            if (length > Frames.FIRST_MAX_FRAME) {
                throw new IOException("no HTTP/2, or a frame larger than was allowed: " + length + " bytes");
            }
            if (in.remaining() < Frames.HEADER_BYTES + length) {
                break;
            }
            int end = at + Frames.HEADER_BYTES + length;
            handler.onFrame(in.get(at + 3), in.get(at + 4), in.getInt(at + 5) & Integer.MAX_VALUE,
                    in.slice(at + Frames.HEADER_BYTES, length));
            in.position(end);
        }
        in.compact();
    }
}
