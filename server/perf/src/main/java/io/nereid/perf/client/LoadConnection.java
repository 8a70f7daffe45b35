package io.nereid.perf.client;

import io.nereid.perf.network.Endpoint;
import io.nereid.perf.network.TlsChannel;
import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/**
 * A connection of a load that never blocks, by TLS if the server wants it so, and can be opened again after it was closed.
 * Used by its load's thread.
 */
public final class LoadConnection {
    private final LoadThread thread;
    private final Endpoint server;
    private final Handler handler;
    private @Nullable SocketChannel channel;
    private @Nullable SelectionKey key;
    /** Null in the clear, and before the channel is connected. */
    private @Nullable TlsChannel tls;
    private boolean connected;

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
    public LoadConnection(LoadThread thread, Endpoint server, Handler handler) {
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
        return connected;
    }

    /** Begins to open it; what comes of that is told to the handler, now or later. */
    public void open() {
        try {
            SocketChannel opening = SocketChannel.open();
            channel = opening;
            opening.setOption(StandardSocketOptions.TCP_NODELAY, true);
            key = thread.register(opening, SelectionKey.OP_CONNECT, this::onReady);
            if (opening.connect(server.address())) {
                onChannelConnected(opening);
            }
        } catch (IOException e) {
            fail(e);
        }
    }

    private void onChannelConnected(SocketChannel open) throws IOException {
        if (server.tls().isEmpty()) {
            onConnected();
        } else {
            TlsChannel encrypted = new TlsChannel(server.tls().get(), open);
            tls = encrypted;
            shakeHands(encrypted);
        }
    }

    private void shakeHands(TlsChannel encrypted) throws IOException {
        if (encrypted.handshake()) {
            onConnected();
            deliver(encrypted); // what came with the end of the handshake
        } else {
            wait(encrypted.isWriting() ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        }
    }

    private void onConnected() throws IOException {
        connected = true;
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
                    onChannelConnected(open);
                }
            } else if (tls != null) {
                onReady(tls, ready);
            } else if (ready.isReadable()) {
                handler.onReadable();
            } else if (ready.isWritable()) {
                handler.onWritable();
            }
        } catch (IOException e) {
            fail(e);
        }
    }

    private void onReady(TlsChannel encrypted, SelectionKey ready) throws IOException {
        boolean writable = ready.isWritable();
        if (!connected) {
            shakeHands(encrypted);
            return;
        }
        deliver(encrypted);
        if (writable && encrypted == tls && encrypted.flush()) {
            wait(SelectionKey.OP_READ);
            handler.onWritable();
        }
    }

    /** All that is decrypted, of which the selector knows nothing. */
    private void deliver(TlsChannel encrypted) throws IOException {
        while (encrypted == tls && encrypted.receive()) {
            handler.onReadable();
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
        TlsChannel encrypted = tls;
        if (encrypted != null) {
            encrypted.read(into);
        } else if (channel().read(into) < 0) {
            throw new EOFException("the server closed the connection");
        }
    }

    /** Writes what it takes now; if that is not all, the handler is told when it takes more. */
    public void write(ByteBuffer bytes) throws IOException {
        TlsChannel encrypted = tls;
        boolean written;
        if (encrypted == null) {
            channel().write(bytes);
            written = !bytes.hasRemaining();
        } else {
            written = encrypted.write(bytes);
        }
        // an answer may come before all is written: a refusal
        wait(!written ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
    }

    private SocketChannel channel() throws IOException {
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
        TlsChannel encrypted = tls;
        boolean told = connected;
        channel = null;
        key = null;
        tls = null;
        connected = false;
        if (closing != null) {
            if (encrypted != null && told) {
                encrypted.close();
            }
            try {
                closing.close();
            } catch (IOException _) {
                // nothing was to be had from it any more
            }
        }
    }
}
