package io.nereid.bench.load.client;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * One client's connection to the server, opened when needed and kept between requests. Used by one thread at a time.
 */
final class Connection implements AutoCloseable {
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final int port;
    private @Nullable Open open;

    /** What there is while the connection is open. */
    private final class Open {
        private final SocketChannel channel;
        private final Socket socket;
        private final AnswerReader answers;
        private long deadlineNanos;

        @SuppressWarnings("AddressSelection") // the loopback address is one
        Open() throws IOException {
            channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            socket = channel.socket();
            socket.setTcpNoDelay(true);
            InputStream in = socket.getInputStream();
            answers = new AnswerReader((into, offset, length) -> {
                long left = deadlineNanos - System.nanoTime();
                if (left <= 0) {
                    throw new SocketTimeoutException("no answer in time");
                }
                // 0 would be for ever.
                socket.setSoTimeout((int) Math.max(1, left / NANOS_PER_MILLI));
                return in.read(into, offset, length);
            });
        }

        void send(ByteBuffer request) throws IOException {
            while (request.hasRemaining()) {
                channel.write(request);
            }
        }
    }

    Connection(int port) {
        this.port = port;
    }

    /**
     * Sends the request and reads the whole answer, which blocks. After an exception the connection is closed, which
     * tells the server that nobody waits any more.
     *
     * @param deadlineNanos of {@link System#nanoTime}: how long to wait for the answer
     * @return the status
     * @throws SocketTimeoutException when the deadline passes before the whole answer is there
     */
    int exchange(InferRequest request, long deadlineNanos) throws IOException {
        try {
            Open current = open == null ? new Open() : open;
            open = current;
            current.deadlineNanos = deadlineNanos;
            current.send(request.bytes());
            AnswerReader.Answer answer = current.answers.read();
            if (!answer.kept()) {
                close();
            }
            return answer.status();
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    @Override
    public void close() {
        Open closing = open;
        open = null;
        if (closing != null) {
            try {
                closing.socket.close();
            } catch (IOException _) {
                // nothing was to be had from it any more
            }
        }
    }
}
