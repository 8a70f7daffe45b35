package io.nereid.perf.network;

import java.io.IOException;
import java.net.Socket;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** What connections to one server by TLS have in common. Thread-safe. */
public final class Tls {
    private final SSLContext context;
    private final String host;
    private final int port;
    private final boolean verifiesHost;
    private final String protocol;

    /**
     * To that server.
     *
     * @param context with what is trusted, and the client's own certificate
     * @param host the name or the address that the server's certificate is to have
     * @param verifiesHost whether it has to
     * @param protocol what is spoken inside, as ALPN calls it: {@code h2} or {@code http/1.1}
     */
    Tls(SSLContext context, String host, int port, boolean verifiesHost, String protocol) {
        this.context = context;
        this.host = host;
        this.port = port;
        this.verifiesHost = verifiesHost;
        this.protocol = protocol;
    }

    /** For a connection that never blocks. */
    SSLEngine engine() {
        SSLEngine engine = context.createSSLEngine(host, port);
        engine.setUseClientMode(true);
        engine.setSSLParameters(parameters(engine.getSSLParameters()));
        return engine;
    }

    /** Around a connection, which is closed with what is returned; blocks until the handshake is done. */
    Socket over(Socket connected) throws IOException {
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(connected, host, port, true);
        socket.setSSLParameters(parameters(socket.getSSLParameters()));
        socket.startHandshake();
        return socket;
    }

    private SSLParameters parameters(SSLParameters parameters) {
        parameters.setApplicationProtocols(new String[]{protocol});
        if (verifiesHost) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        return parameters;
    }
}
