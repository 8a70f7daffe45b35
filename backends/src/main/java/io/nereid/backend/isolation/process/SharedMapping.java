package io.nereid.backend.isolation.process;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The memory that is shared with the server, as this process has mapped it, until it ends. Immutable. */
record SharedMapping(MemorySegment whole) {
    /** Maps what the argument {@code <path>:<bytes>} names. */
    static SharedMapping of(String argument) throws IOException {
        int colon = argument.lastIndexOf(':');
        long length = Long.parseLong(argument.substring(colon + 1));
        try (FileChannel file = FileChannel.open(Path.of(argument.substring(0, colon)), StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            return new SharedMapping(file.map(FileChannel.MapMode.READ_WRITE, 0, length, Arena.global()));
        }
    }

    /** A part of it. */
    MemorySegment range(long offset, long length) {
        return whole.asSlice(offset, length);
    }

    /** Where a segment begins in it; -1 if it does not lie there. */
    long offsetOf(MemorySegment segment) {
        long offset = segment.address() - whole.address();
        return offset >= 0 && offset <= whole.byteSize() - segment.byteSize() ? offset : -1;
    }
}
