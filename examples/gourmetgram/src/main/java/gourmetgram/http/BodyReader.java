package gourmetgram.http;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads one body in pieces. A piece is taken from the budget when its first byte has come and before it is allocated:
 * what is only announced holds nothing. A body for which there is no room gives its pieces back at once, any other when
 * the reader is closed. Used by one thread.
 */
final class BodyReader implements AutoCloseable {
    /** The largest piece. */
    static final int PIECE_BYTES = 1 << 16;

    private final BodyBudget budget;
    private int held;

    BodyReader(BodyBudget budget) {
        this.budget = budget;
    }

    /**
     * The whole body.
     *
     * @param in ends with the body; stays the caller's
     * @param most how many bytes it may have
     * @throws HttpError 413 if it is longer, 503 if other requests hold too much when a piece of it comes
     * @throws IOException if the client ends before the body does
     */
    byte[] read(InputStream in, int most) throws HttpError, IOException {
        List<byte[]> pieces = new ArrayList<>();
        int length = 0;
        for (int first = in.read(); first >= 0; first = in.read()) {
            if (length == most) {
                throw HttpError.tooLarge("more", most);
            }
            byte[] piece = take(Math.min(PIECE_BYTES, most - length));
            piece[0] = (byte) first;
            length += 1 + in.readNBytes(piece, 1, piece.length - 1);
            pieces.add(piece);
        }
        return join(pieces, length);
    }

    private byte[] take(int bytes) throws HttpError {
        if (!budget.tryTake(bytes)) {
            close(); // before the answer is sent, so that the others have room at once
            throw new HttpError(503, "other requests hold all the memory there is for bodies; try again");
        }
        held += bytes;
        return new byte[bytes];
    }

    /** For the time of this copy the body is there twice, and counted once. */
    private static byte[] join(List<byte[]> pieces, int length) {
        byte[] body = new byte[length];
        int at = 0;
        for (byte[] piece : pieces) {
            int bytes = Math.min(piece.length, length - at);
            System.arraycopy(piece, 0, body, at, bytes);
            at += bytes;
        }
        return body;
    }

    /** Gives back all that the body held. */
    @Override
    public void close() {
        budget.giveBack(held);
        held = 0;
    }
}
