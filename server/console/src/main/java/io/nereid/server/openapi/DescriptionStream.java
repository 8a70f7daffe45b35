package io.nereid.server.openapi;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.server.http.ErrorReply;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.inference.ResponseWindow;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.ClosedChannelException;

/**
 * A JSON document that its client is sent in pieces while it is written. Writing waits for a client that is behind: for
 * a virtual thread, one at a time.
 */
final class DescriptionStream extends OutputStream {
    private static final int PIECE_BYTES = 32 << 10;
    private static final int PIECES_UNDER_WAY = 3;
    /** Bytes of memory that one takes at most. */
    static final long MOST_BYTES = (PIECES_UNDER_WAY + 1L) * PIECE_BYTES;

    private static final HttpReply.Header CHANGES = new HttpReply.Header("Cache-Control", "no-store");

    private final HttpExchange exchange;
    private final Lease held;
    private final ResponseWindow window = new ResponseWindow(PIECES_UNDER_WAY * (long) PIECE_BYTES, _ -> {
    });
    private boolean started;
    private @Nullable ByteBuf piece;

    /**
     * Nothing is sent yet.
     *
     * @param held is released at the end of the answer, whatever that is
     */
    DescriptionStream(HttpExchange exchange, Lease held) {
        this.exchange = exchange;
        this.held = held;
        exchange.whenAbandoned(window::close);
    }

    @Override
    public void write(int oneByte) throws IOException {
        write(new byte[]{(byte) oneByte}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        for (int done = 0; done < length;) {
            if (piece == null) {
                piece = exchange.allocator().directBuffer(PIECE_BYTES, PIECE_BYTES);
            }
            int fits = Math.min(length - done, piece.writableBytes());
            piece.writeBytes(bytes, offset + done, fits);
            done += fits;
            if (!piece.isWritable()) {
                sendPiece();
            }
        }
    }

    private void sendPiece() throws IOException {
        ByteBuf full = piece;
        if (full == null) {
            return;
        }
        if (!window.enter(full.readableBytes())) {
            throw new ClosedChannelException();
        }
        piece = null;
        int bytes = full.readableBytes();
        Lease taken = () -> window.leave(bytes);
        if (started) {
            exchange.send(full, taken);
        } else {
            started = true;
            exchange.startStream(
                    HttpReply.of(HttpResponseStatus.OK, HttpReply.JSON, full).withHeader(CHANGES).with(taken));
        }
    }

    /** Sends the rest, and says that it was all. */
    void end() {
        try {
            sendPiece();
        } catch (IOException _) {
            dropPiece();
        }
        exchange.endStream(held);
    }

    /** Answers with the error where nothing was sent yet; else the document just ends, and is no JSON. */
    void fail(InferenceException reason) {
        dropPiece();
        if (started) {
            exchange.endStream(held);
        } else {
            exchange.reply(ErrorReply.of(exchange, reason).with(held));
        }
    }

    private void dropPiece() {
        if (piece != null) {
            piece.release();
            piece = null;
        }
    }
}
