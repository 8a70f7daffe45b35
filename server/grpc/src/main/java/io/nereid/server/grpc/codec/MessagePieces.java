package io.nereid.server.grpc.codec;

import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;

/** The bytes of a message as they came, piece by piece. */
@FunctionalInterface
public interface MessagePieces {
    /**
     * The next piece, from its position to its limit, which is the reader's until the next call; null when there is
     * none.
     *
     * @throws InferenceException if it cannot be had
     */
    @Nullable
    ByteBuffer next() throws InferenceException;
}
