package io.nereid.perf.grpc;

import java.io.IOException;
import java.nio.ByteBuffer;

/** What the server takes, as it said when the connection began. */
final class PeerSettings {
    static final int FIRST_TABLE_BYTES = 4096;
    private static final int MIN_FRAME = Frames.FIRST_MAX_FRAME;

    private int tableBytes;
    private int maxStreams;
    private int window;
    private int maxFrame;

    /** What holds until the server says otherwise. */
    void reset() {
        tableBytes = FIRST_TABLE_BYTES;
        maxStreams = Integer.MAX_VALUE;
        window = Frames.FIRST_WINDOW;
        maxFrame = Frames.FIRST_MAX_FRAME;
    }

    void read(ByteBuffer payload) throws IOException {
        if (payload.remaining() % 6 != 0) {
            throw new IOException("a frame SETTINGS of " + payload.remaining() + " bytes");
        }
        while (payload.hasRemaining()) {
            int name = payload.getShort();
            int value = payload.getInt();
            int positive = value < 0 ? Integer.MAX_VALUE : value;
            switch (name) {
                case Frames.SETTING_TABLE_BYTES -> tableBytes = positive;
                case Frames.SETTING_MAX_STREAMS -> maxStreams = positive;
                case Frames.SETTING_WINDOW -> window = positive;
                case Frames.SETTING_MAX_FRAME -> maxFrame = Math.max(MIN_FRAME, positive);
                default -> {
                } // concerns servers, or is unknown
            }
        }
    }

    /** How many bytes of headers it remembers. */
    int tableBytes() {
        return tableBytes;
    }

    /** How many calls it takes at a time. */
    int maxStreams() {
        return maxStreams;
    }

    /** How many bytes of a new call it takes. */
    int window() {
        return window;
    }

    /** How large a frame may be. */
    int maxFrame() {
        return maxFrame;
    }
}
