package io.nereid.bench.load.flat;

import io.nereid.bench.load.LoadException;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Connections over HTTP that were used once and are kept open. Used by one thread. */
final class IdleConnections implements AutoCloseable {
    private static final byte[] REQUEST = "GET /v2/health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII);
    private static final byte[] GOOD = "HTTP/1.1 200 ".getBytes(StandardCharsets.US_ASCII);
    private static final int TIMEOUT_MILLIS = 30_000;

    private final List<Socket> open = new ArrayList<>();

    /**
     * Opens them to the server at this port of the loopback address.
     *
     * @throws LoadException if that many cannot be open, or the server does not answer on one
     */
    @SuppressWarnings("AddressSelection") // the loopback address is one
    static IdleConnections open(int port, int count) throws LoadException {
        IdleConnections connections = new IdleConnections();
        try {
            for (int i = 0; i < count; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                connections.open.add(socket);
                socket.setSoTimeout(TIMEOUT_MILLIS);
            }
            connections.ask();
            return connections;
        } catch (IOException e) {
            int got = connections.open.size();
            connections.close();
            throw new LoadException("connection " + got + " of " + count + " cannot be opened: " + e.getMessage()
                    + " (ulimit -n must be more than the connections, here and for the server)");
        } catch (LoadException e) {
            connections.close();
            throw e;
        }
    }

    /**
     * Asks once on each of them, so that none is idle for so long that the server closes it.
     *
     * @throws LoadException if one is not answered
     */
    void ask() throws LoadException {
        try {
            for (Socket socket : open) {
                socket.getOutputStream().write(REQUEST);
                // The whole answer comes at once: it is smaller than a packet.
                byte[] answer = new byte[1024];
                int got = socket.getInputStream().read(answer);
                if (got < GOOD.length || !Arrays.equals(answer, 0, GOOD.length, GOOD, 0, GOOD.length)) {
                    throw new LoadException("an idle connection got "
                            + new String(answer, 0, Math.max(0, got), StandardCharsets.US_ASCII).strip());
                }
            }
        } catch (IOException e) {
            throw new LoadException("an idle connection is not answered: " + e.getMessage());
        }
    }

    @Override
    public void close() {
        for (Socket socket : open) {
            try {
                socket.close();
            } catch (IOException _) {
                // nothing was to be had from it any more
            }
        }
    }
}
