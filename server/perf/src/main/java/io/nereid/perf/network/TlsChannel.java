package io.nereid.perf.network;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;

/** The TLS of a connection that never blocks. Used by one thread, which also computes what the handshake needs. */
public final class TlsChannel {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final SSLEngine engine;
    private final SocketChannel channel;
    /** Encrypted, as it came; to be put into. */
    private final ByteBuffer incoming;
    /** Decrypted, and not read yet; to be got from. */
    private final ByteBuffer plain;
    /** Encrypted, and not written yet; to be got from. */
    private final ByteBuffer outgoing;
    private boolean ended;

    /** Begins the handshake, with nothing sent yet, over a channel that is connected. */
    public TlsChannel(Tls tls, SocketChannel channel) throws SSLException {
        this.engine = tls.engine();
        this.channel = channel;
        int record = engine.getSession().getPacketBufferSize();
        this.incoming = ByteBuffer.allocateDirect(2 * record);
        this.plain = ByteBuffer.allocateDirect(engine.getSession().getApplicationBufferSize()).limit(0);
        this.outgoing = ByteBuffer.allocateDirect(record).limit(0);
        engine.beginHandshake();
    }

    /** Goes on with the handshake as far as it goes now; whether it is done. */
    public boolean handshake() throws IOException {
        while (true) {
            switch (engine.getHandshakeStatus()) {
                case NEED_TASK -> compute();
                case NEED_WRAP -> {
                    if (!flush()) {
                        return false;
                    }
                    wrap(NOTHING);
                }
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    if (!flush() || (!unwrap() && !fill())) {
                        return false;
                    }
                    if (ended) {
                        throw new EOFException("the server closed the connection in the handshake of TLS");
                    }
                }
                case FINISHED, NOT_HANDSHAKING -> {
                    return flush();
                }
            }
        }
    }

    private void compute() {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
    }

    /** Whether it waits for the channel to take more. */
    public boolean isWriting() {
        return outgoing.hasRemaining();
    }

    /** Writes what was encrypted; whether all of it is written. */
    public boolean flush() throws IOException {
        if (outgoing.hasRemaining()) {
            channel.write(outgoing);
        }
        return !outgoing.hasRemaining();
    }

    /** Encrypts and writes what the channel takes now; whether that is all, with what was encrypted before. */
    public boolean write(ByteBuffer bytes) throws IOException {
        while (flush() && bytes.hasRemaining()) {
            wrap(bytes);
        }
        return !bytes.hasRemaining() && !outgoing.hasRemaining();
    }

    private void wrap(ByteBuffer bytes) throws IOException {
        outgoing.clear();
        SSLEngineResult result;
        try {
            result = engine.wrap(bytes, outgoing);
        } finally {
            outgoing.flip();
        }
        if (result.getStatus() == SSLEngineResult.Status.CLOSED && !outgoing.hasRemaining()) {
            throw closed();
        }
        if (result.getStatus() != SSLEngineResult.Status.CLOSED && result.bytesConsumed() == 0
                && result.bytesProduced() == 0) {
            throw new SSLException("nothing could be encrypted: " + result);
        }
    }

    /** Decrypts what came; whether {@link #read} has something now: bytes, or the end. */
    public boolean receive() throws IOException {
        while (!plain.hasRemaining() && !ended) {
            if (!unwrap() && !fill()) {
                return false;
            }
        }
        return true;
    }

    /** Reads from the channel; whether anything came. */
    private boolean fill() throws IOException {
        int count = channel.read(incoming);
        ended |= count < 0;
        return count != 0;
    }

    /** Decrypts one record; not if it has not come whole. */
    private boolean unwrap() throws IOException {
        incoming.flip();
        plain.compact();
        SSLEngineResult result;
        try {
            result = engine.unwrap(incoming, plain);
        } finally {
            incoming.compact();
            plain.flip();
        }
        switch (result.getStatus()) {
            case OK -> answer(result);
            case CLOSED -> ended = true;
            case BUFFER_OVERFLOW -> throw new SSLException("a record larger than " + plain.capacity() + " bytes");
            case BUFFER_UNDERFLOW -> {
                return false;
            }
        }
        return true;
    }

    /** What the server wants after the handshake: new keys, for one. */
    private void answer(SSLEngineResult result) throws IOException {
        if (result.getHandshakeStatus() == SSLEngineResult.HandshakeStatus.NEED_TASK) {
            compute();
        }
        if (engine.getHandshakeStatus() == SSLEngineResult.HandshakeStatus.NEED_WRAP && flush()) {
            wrap(NOTHING);
            boolean _ = flush();
        }
    }

    /**
     * Reads what was decrypted.
     *
     * @throws EOFException if nothing comes any more
     */
    public void read(ByteBuffer into) throws EOFException {
        if (!plain.hasRemaining() && ended) {
            throw closed();
        }
        int length = Math.min(plain.remaining(), into.remaining());
        into.put(into.position(), plain, plain.position(), length).position(into.position() + length);
        plain.position(plain.position() + length);
    }

    private static EOFException closed() {
        return new EOFException("the server closed the connection");
    }

    /** Tells the server that nothing more comes, if that can be told at once; the channel is not closed. */
    public void close() {
        try {
            engine.closeOutbound();
            if (flush()) {
                outgoing.clear();
                engine.wrap(NOTHING, outgoing);
                outgoing.flip();
                boolean _ = flush();
            }
        } catch (IOException _) {
            // nothing was to be had from it any more
        }
    }
}
