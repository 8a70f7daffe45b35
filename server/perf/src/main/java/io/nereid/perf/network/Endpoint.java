package io.nereid.perf.network;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Optional;

/**
 * Where a server listens, and how.
 *
 * @param address resolved
 * @param tls empty for a server that is spoken to in the clear
 */
public record Endpoint(InetSocketAddress address, Optional<Tls> tls) {
    /** Without TLS. */
    public static Endpoint plain(InetSocketAddress address) {
        return new Endpoint(address, Optional.empty());
    }

    /**
     * A connection that is ready for questions, after the handshake of TLS if there is one; blocks.
     *
     * @param millis how long connecting, and each wait for bytes, takes at most
     */
    @SuppressWarnings("resource") // it is closed with what is around it, which the caller gets
    public Socket connect(int millis) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(address, millis);
            socket.setSoTimeout(millis);
            return tls.isEmpty() ? socket : tls.get().over(socket);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }
}
