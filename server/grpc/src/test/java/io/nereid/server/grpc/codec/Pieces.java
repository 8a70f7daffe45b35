package io.nereid.server.grpc.codec;

import java.nio.ByteBuffer;

/** A message as a network brings it: cut anywhere. */
final class Pieces {
    private Pieces() {}

    /** The message in pieces of that many bytes. */
    static MessagePieces of(byte[] message, int pieceBytes) {
        ByteBuffer rest = ByteBuffer.wrap(message);
        return () -> {
            if (!rest.hasRemaining()) {
                return null;
            }
            int length = Math.min(pieceBytes, rest.remaining());
            ByteBuffer piece = rest.slice(rest.position(), length);
            rest.position(rest.position() + length);
            return piece;
        };
    }
}
