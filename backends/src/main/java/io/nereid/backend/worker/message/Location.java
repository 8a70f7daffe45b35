package io.nereid.backend.worker.message;

import java.lang.foreign.MemorySegment;

/** Where the bytes of a tensor, or of a file, lie. */
public sealed interface Location {
    /** How many there are. */
    long length();

    /** In the frame; of use until the next one is read. */
    record Inline(MemorySegment data) implements Location {
        @Override
        public long length() {
            return data.byteSize();
        }
    }

    /** In shared memory: not checked. */
    record Shared(long offset, long length) implements Location {}
}
