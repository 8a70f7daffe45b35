package io.nereid.backend.worker.message;

import java.util.Arrays;

/** Frames that are written and read by a test. */
public final class Frames {
    private Frames() {}

    /** A frame whose fields follow. */
    public static FrameWriter of(int type) {
        return new FrameWriter(64).begin(type);
    }

    /** What its reader sees. */
    public static FrameReader read(FrameWriter frame) throws MalformedFrameException {
        return FrameReader.of(Arrays.copyOf(frame.end().bytes(), frame.size()));
    }
}
