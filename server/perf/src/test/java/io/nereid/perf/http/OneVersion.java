package io.nereid.perf.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

import javax.net.ServerSocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;

/** Listens for one version of TLS. */
final class OneVersion extends ServerSocketFactory {
    private final SSLContext context;
    private final String version;

    OneVersion(SSLContext context, String version) {
        this.context = context;
        this.version = version;
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog, InetAddress address) throws IOException {
        SSLServerSocket socket = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(port, backlog,
                address);
        socket.setEnabledProtocols(new String[]{version});
        return socket;
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ServerSocket createServerSocket(int port) {
        throw new UnsupportedOperationException();
    }
}
