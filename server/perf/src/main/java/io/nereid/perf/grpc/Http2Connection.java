package io.nereid.perf.grpc;

import io.nereid.perf.client.LoadConnection;
import io.nereid.perf.client.LoadThread;
import io.nereid.perf.network.Endpoint;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A connection for calls of one method, opened when it is needed. What the calls have to send is written together,
 * before the thread waits for answers. Used by its load's thread.
 */
final class Http2Connection implements LoadConnection.Handler {
    private static final int OUT_BYTES = 256 * 1024;

    private final LoadThread thread;
    private final ByteBuffer out = ByteBuffer.allocateDirect(OUT_BYTES);
    private final Calls calls;
    private final FrameReader reader;
    private final LoadConnection connection;
    private boolean flushing;

    Http2Connection(LoadThread thread, Endpoint server, RequestHead head) {
        this.thread = thread;
        this.calls = new Calls(head, out);
        this.reader = new FrameReader(calls);
        this.connection = new LoadConnection(thread, server, this);
    }

    /** Sends what the stream has, and begins it if it has not begun. What goes wrong is told to the stream, later. */
    void send(Http2Stream stream) {
        calls.enqueue(stream);
        flushLater();
    }

    /** Ends the stream without a word to it, and tells the server that nobody waits for it any more. */
    void cancel(Http2Stream stream) {
        calls.cancel(stream);
        flushLater();
    }

    private void flushLater() {
        if (!flushing) {
            flushing = true;
            thread.runBeforeWaiting(this::flush);
        }
    }

    private void flush() {
        flushing = false;
        if (!connection.isOpen()) {
            if (calls.isWaiting()) {
                open();
            }
        } else if (connection.isConnected()) {
            try {
                write();
            } catch (IOException e) {
                connection.fail(e);
            }
        }
    }

    private void open() {
        reader.clear();
        out.clear();
        calls.beginConnection();
        connection.open();
    }

    @Override
    public void onConnected() {
        flushLater();
    }

    @Override
    public void onReadable() throws IOException {
        reader.read(connection);
        if (out.position() > 0 || calls.isWaiting()) {
            flushLater();
        }
    }

    @Override
    public void onWritable() {
        flushLater();
    }

    @Override
    public void onFailure(String text) {
        calls.fail(text);
    }

    /** Fills the buffer and writes it, again and again, until there is nothing more or the server takes no more. */
    private void write() throws IOException {
        boolean more = true;
        while (more) {
            more = calls.fill();
            out.flip();
            if (out.hasRemaining()) {
                connection.write(out);
            }
            more &= !out.hasRemaining();
            out.compact();
        }
        if (calls.isConnectionUsedUp()) {
            close();
            if (calls.isWaiting()) {
                flushLater();
            }
        }
    }

    /** Closes it without a word to the calls; the next one opens it again. */
    void close() {
        connection.close();
    }
}
