package io.nereid.server.grpc.http2;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * A message that a marshaller may give instead of its bytes: they lie in memory that whoever sends the message retains
 * until they are written. Thread-safe.
 */
public interface MessageByReference {
    /** Bytes of it. */
    int length();

    /** Shows its bytes, piece by piece, in their order. Whoever is shown them has retained the memory. */
    void forEachPiece(Consumer<ByteBuffer> reader);

    /** Keeps the memory until a {@link #release} more. */
    void retain();

    /** Gives it back, once for each {@link #retain}. On any thread. */
    void release();
}
