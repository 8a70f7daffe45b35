package io.nereid.perf.grpc;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The last block of headers and what it said: good answers all have the same. Not thread-safe. */
final class RememberedHead {
    private ByteBuffer block = ByteBuffer.allocate(0);
    private @Nullable CallHead head;

    /** What the block says; the same object for the same bytes. */
    CallHead read(ByteBuffer bytes) throws IOException {
        CallHead last = head;
        if (last != null && block.equals(bytes)) {
            return last;
        }
        ByteBuffer copy = ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
        CallHead read = CallHead.read(bytes);
        block = copy;
        head = read;
        return read;
    }
}
