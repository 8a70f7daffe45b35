package io.nereid.server;

import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.metrics.MetricsConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

/** What a server listens on, and what it says when it cannot. */
class PortsTest {
    @TempDir
    private Path models;

    @Test
    void start_severalPortsInUse_namesThemAll() throws Exception {
        try (ServerSocket first = taken(); ServerSocket second = taken(); ServerSocket third = taken()) {
            ServerConfig config = ServerConfig.of(models)
                    .withHttp(HttpConfig.DEFAULT.withAddress("127.0.0.1").withPort(first.getLocalPort()))
                    .withGrpc(GrpcConfig.DEFAULT.withAddress("127.0.0.1").withPort(second.getLocalPort()))
                    .withMetrics(MetricsConfig.DEFAULT.withAddress("127.0.0.1").withPort(third.getLocalPort()));
            assertThatExceptionOfType(StartException.class).isThrownBy(() -> ModelServer.start(config).close())
                    .withMessageContaining("failed to start HTTP service: Unavailable - Socket '127.0.0.1:"
                            + first.getLocalPort() + "' already in use; stop what listens there, or choose another"
                            + " --http-port or --http-address. ")
                    .withMessageContaining("failed to start GRPC service: Unavailable - Socket '127.0.0.1:"
                            + second.getLocalPort() + "' already in use; stop what listens there, or choose another"
                            + " --grpc-port or --grpc-address")
                    .withMessageContaining("failed to start Metrics service: Unavailable - Socket '127.0.0.1:"
                            + third.getLocalPort() + "' already in use");
        }
    }

    /** What could be had is given back when something else could not. */
    @Test
    void start_onePortInUse_leavesTheOthersFree() throws Exception {
        try (Socket free = held(); ServerSocket busy = taken()) {
            ServerConfig config = config("127.0.0.1", free.getLocalPort());
            ServerConfig impossible = config
                    .withGrpc(GrpcConfig.DEFAULT.withAddress("127.0.0.1").withPort(busy.getLocalPort()));
            assertThatExceptionOfType(StartException.class).isThrownBy(() -> ModelServer.start(impossible).close())
                    .withMessageNotContaining("HTTP");
            try (ModelServer server = ModelServer.start(config)) {
                assertThat(server.httpPort()).isEqualTo(free.getLocalPort());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "grpc"})
    void start_addressOfAnotherMachine_saysWhatToGive(String protocol) {
        ServerConfig config = protocol.equals("http") ? config("192.0.2.1", 0)
                : config("127.0.0.1", 0).withGrpc(GrpcConfig.DEFAULT.withAddress("192.0.2.1").withPort(0));
        assertThatExceptionOfType(StartException.class).isThrownBy(() -> ModelServer.start(config).close())
                .withMessageContaining(
                        "Socket '192.0.2.1:0' cannot be had: no network interface of this machine has that"
                                + " address; give --" + protocol + "-address one that it has, or 0.0.0.0 for all");
    }

    @Test
    void listen_allOfIpv4_takesNoIpv6() throws Exception {
        assumeThat(hasIpv6()).isTrue();
        try (ModelServer server = ModelServer.start(allPorts("0.0.0.0"))) {
            for (int port : new int[]{server.httpPort(), server.grpcPort(), server.metricsPort()}) {
                connect("127.0.0.1", port);
                assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> connect("::1", port));
            }
        }
    }

    @Test
    void listen_allOfIpv6_takesBoth() throws Exception {
        assumeThat(hasIpv6()).isTrue();
        try (ModelServer server = ModelServer.start(allPorts("::"))) {
            for (int port : new int[]{server.httpPort(), server.grpcPort(), server.metricsPort()}) {
                connect("127.0.0.1", port);
                connect("::1", port);
            }
        }
    }

    private ServerConfig config(String httpAddress, int httpPort) {
        return ServerConfig.of(models).withHttp(HttpConfig.DEFAULT.withAddress(httpAddress).withPort(httpPort))
                .withGrpc(GrpcConfig.DEFAULT.withAddress("127.0.0.1").withPort(0));
    }

    private ServerConfig allPorts(String address) {
        return ServerConfig.of(models).withHttp(HttpConfig.DEFAULT.withAddress(address).withPort(0))
                .withGrpc(GrpcConfig.DEFAULT.withAddress(address).withPort(0))
                .withMetrics(MetricsConfig.DEFAULT.withAddress(address).withPort(0));
    }

    private static ServerSocket taken() throws IOException {
        return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    }

    /** A port that the system gives nobody meanwhile, and that who names it can listen on: this does not. */
    static Socket held() throws IOException {
        Socket socket = new Socket();
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        return socket;
    }

    private static void connect(String host, int port) throws IOException {
        new Socket(InetAddress.ofLiteral(host), port).close();
    }

    private static boolean hasIpv6() throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.ofLiteral("::1"), 0));
            return true;
        } catch (SocketException _) {
            return false;
        }
    }
}
