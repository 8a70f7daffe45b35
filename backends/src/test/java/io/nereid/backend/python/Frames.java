package io.nereid.backend.python;

import io.nereid.backend.python.message.FrameReader;
import io.nereid.backend.python.message.FrameWriter;
import io.nereid.backend.python.message.MalformedFrameException;

import java.util.Arrays;

/** Frames that are written and read by a test. */
final class Frames {
    private Frames() {}

    /** A frame whose fields follow. */
    static FrameWriter of(int type) {
        return new FrameWriter(64).begin(type);
    }

    /** What its reader sees. */
    static FrameReader read(FrameWriter frame) throws MalformedFrameException {
        return FrameReader.of(Arrays.copyOf(frame.end().bytes(), frame.size()));
    }
}
