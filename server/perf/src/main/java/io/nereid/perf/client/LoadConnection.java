package io.nereid.perf.client;

import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/**
 * A TCP connection of a load that never blocks, and can be opened again after it was closed. Used by its load's thread.
 */
public final class LoadConnection {
    private final LoadThread thread;
    private final InetSocketAddress server;
    private final Handler handler;
    private @Nullable SocketChannel channel;
    private @Nullable SelectionKey key;

    /** What uses the connection; on its thread. */
    public interface Handler {
        /** It is open and can be written to. */
        void onConnected() throws IOException;

        /** Bytes came, or the end. */
        void onReadable() throws IOException;

        /** It takes more of what it did not take at the last {@link LoadConnection#write}. */
        void onWritable() throws IOException;

        /** It could not be opened, or one of the other methods failed; it is closed. */
        void onFailure(String text);
    }

    /** A closed one. */
    public LoadConnection(LoadThread thread, InetSocketAddress server, Handler handler) {
        this.thread = thread;
        this.server = server;
        this.handler = handler;
    }

    /** Whether it is open or being opened. */
    public boolean isOpen() {
        return channel != null;
    }

    /** Whether it can be written to. */
    public boolean isConnected() {
        SocketChannel open = channel;
        return open != null && open.isConnected();
    }

    /** Begins to open it; what comes of that is told to the handler, now or later. */
    public void open() {
        try {
            SocketChannel opening = SocketChannel.open();
            channel = opening;
            opening.setOption(StandardSocketOptions.TCP_NODELAY, true);
            key = thread.register(opening, SelectionKey.OP_CONNECT, this::onReady);
            if (opening.connect(server)) {
                onConnected();
            }
        } catch (IOException e) {
            fail(e);
        }
    }

    private void onConnected() throws IOException {
        wait(SelectionKey.OP_READ);
        handler.onConnected();
    }

    private void onReady() {
        SocketChannel open = channel;
        SelectionKey ready = key;
        if (open == null || ready == null) {
            return;
        }
        try {
            if (ready.isConnectable()) {
                if (open.finishConnect()) {
                    onConnected();
                }
            } else if (ready.isReadable()) {
                handler.onReadable();
            } else if (ready.isWritable()) {
                handler.onWritable();
            }
        } catch (IOException e) {
            fail(e);
        }
    }

    /** Closes it and tells the handler why. */
    public void fail(IOException e) {
        close();
        handler.onFailure(e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
    }

    /**
     * Reads what is there.
     *
     * @throws EOFException if nothing comes any more
     */
    public void read(ByteBuffer into) throws IOException {
        if (connected().read(into) < 0) {
            throw new EOFException("the server closed the connection");
        }
    }

    /** Writes what it takes now; if that is not all, the handler is told when it takes more. */
    public void write(ByteBuffer bytes) throws IOException {
        connected().write(bytes);
        // an answer may come before all is written: a refusal
        wait(bytes.hasRemaining() ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
    }

    private SocketChannel connected() throws IOException {
        SocketChannel open = channel;
        if (open == null) {
            throw new ClosedChannelException();
        }
        return open;
    }

    private void wait(int operations) {
        SelectionKey waiting = key;
        if (waiting != null && waiting.interestOps() != operations) {
            waiting.interestOps(operations);
        }
    }

    /** Closes it without a word to the handler. */
    public void close() {
        SocketChannel closing = channel;
        channel = null;
        key = null;
        if (closing != null) {
            try {
                closing.close();
            } catch (IOException _) {
                // nothing was to be had from it any more
            }
        }
    }
}
