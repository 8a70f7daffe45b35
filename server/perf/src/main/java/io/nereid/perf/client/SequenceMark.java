package io.nereid.perf.client;

import java.nio.ByteBuffer;

/** Where a request says to which sequence it belongs. Immutable. */
@FunctionalInterface
public interface SequenceMark {
    /** Writes it into the request, whose position and limit stay. */
    void write(ByteBuffer request, long sequence, boolean start, boolean end);
}
