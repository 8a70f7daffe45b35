package io.nereid.perf.grpc;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Writes the frames of HTTP/2 that a client of gRPC needs (RFC 9113). */
final class Frames {
    static final int HEADER_BYTES = 9;
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int WINDOW_UPDATE = 8;
    static final int CONTINUATION = 9;

    static final int END_STREAM = 1;
    static final int ACK = 1;
    static final int END_HEADERS = 4;
    static final int PADDED = 8;
    static final int PRIORITY = 0x20;

    static final int SETTING_TABLE_BYTES = 1;
    static final int SETTING_PUSH = 2;
    static final int SETTING_MAX_STREAMS = 3;
    static final int SETTING_WINDOW = 4;
    static final int SETTING_MAX_FRAME = 5;

    /** The code of a call that is wanted no more. */
    static final int CANCEL = 8;

    /** What both sides begin with. */
    static final int FIRST_WINDOW = 65535;
    /** The largest payload unless a side allows more; this one does not. */
    static final int FIRST_MAX_FRAME = 16384;
    /** What this side lets the server send without a word from it. */
    static final int WINDOW = Integer.MAX_VALUE;

    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private Frames() {}

    /** The beginning of every frame. */
    static void header(ByteBuffer to, int length, int type, int flags, int stream) {
        to.put((byte) (length >> 16)).putShort((short) length).put((byte) type).put((byte) flags).putInt(stream);
    }

    /** What a client sends first: no table of headers, no pushes, and as much at a time as there may be. */
    static void preface(ByteBuffer to) {
        to.put(PREFACE);
        header(to, 18, SETTINGS, 0, 0);
        to.putShort((short) SETTING_TABLE_BYTES).putInt(0).putShort((short) SETTING_PUSH).putInt(0)
                .putShort((short) SETTING_WINDOW).putInt(WINDOW);
        windowUpdate(to, 0, WINDOW - FIRST_WINDOW);
    }

    static void windowUpdate(ByteBuffer to, int stream, int bytes) {
        header(to, 4, WINDOW_UPDATE, 0, stream);
        to.putInt(bytes);
    }
}
