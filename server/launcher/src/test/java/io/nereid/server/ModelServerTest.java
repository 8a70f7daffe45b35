package io.nereid.server;

import io.nereid.modelrepo.lifecycle.ModelState;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.metrics.MetricsConfig;
import io.nereid.server.model.control.TestRepository;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(60)
class ModelServerTest {
    private static final String HOST = "127.0.0.1";
    @TempDir
    private Path folder;

    private ServerConfig config() {
        return ServerConfig.of(new TestRepository(folder).withIdentity("m", "TYPE_FP32", "-1", "").root())
                .withHttp(HttpConfig.DEFAULT.withAddress(HOST).withPort(0).withThreads(1))
                .withGrpc(GrpcConfig.DEFAULT.withEnabled(false));
    }

    /** Whoever is interrupted does not wait for clients, but nothing of the server may be left. */
    @Test
    void stop_interrupted_closesEverythingAllTheSame() throws Exception {
        try (Socket held = PortsTest.held()) {
            int port = held.getLocalPort();
            ModelServer server = ModelServer.start(config()
                    .withHttp(HttpConfig.DEFAULT.withAddress(HOST).withPort(port).withThreads(1)));
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> server.stop(Duration.ofSeconds(20))).isInstanceOf(InterruptedException.class);
            assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
                    .isInstanceOf(ConnectException.class);
            assertThat(server.models()).singleElement()
                    .satisfies(model -> assertThat(model.state()).isNotEqualTo(ModelState.READY));
        }
    }

    @Test
    void start_aPortCannotBeHad_givesTheOthersBack() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket held = PortsTest.held()) {
            int metricsPort = held.getLocalPort();
            ServerConfig config = config()
                    .withHttp(HttpConfig.DEFAULT.withAddress(HOST).withPort(taken.getLocalPort()).withThreads(1))
                    .withMetrics(MetricsConfig.DEFAULT.withAddress(HOST).withPort(metricsPort));
            assertThatThrownBy(() -> ModelServer.start(config)).isInstanceOf(StartException.class);
            new ServerSocket(metricsPort, 1, InetAddress.getLoopbackAddress()).close();
        }
    }
}
