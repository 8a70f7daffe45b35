package io.nereid.bench.load.protocols;

import io.nereid.bench.load.IdentityRepository;
import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.LoadReport;
import io.nereid.perf.http.HttpCalls;
import io.nereid.perf.request.SharedRegion;
import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.HttpConfig;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What the clients send, to the real server. */
class TrafficTest {
    private static final byte[] DATA = {1, 2, 3, 4, 5, 6, 7, 8};
    /** Time for an answer to each client, also where the machine stands still for a while. */
    private static final int SECONDS = 3;

    private static ModelServer server;

    @BeforeAll
    static void start(@TempDir Path repository) throws Exception {
        IdentityRepository.writeIdentityTo(repository);
        server = ModelServer.start(ServerConfig.of(repository).withAllowClientSharedMemory(true)
                .withHttp(HttpConfig.DEFAULT.withAddress("127.0.0.1").withPort(0))
                .withGrpc(GrpcConfig.DEFAULT.withAddress("127.0.0.1").withPort(0)));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @EnumSource(value = Protocol.class, names = {"HTTP", "GRPC", "GRPC_STREAM"})
    void askOnce_inTheMessage_answerEndsWithTheData(Protocol protocol) throws Exception {
        Traffic traffic = traffic(protocol, Requests.inMessages(DATA));
        assertThat(traffic.askOnce()).endsWith(DATA);
        assertAnswered(traffic.run(2, SECONDS));
    }

    @ParameterizedTest
    @EnumSource(value = Protocol.class, names = {".*_SHARED_MEMORY"}, mode = EnumSource.Mode.MATCH_ANY)
    void run_inSharedMemory_writesEveryClientsOutput(Protocol protocol) throws Exception {
        HttpCalls calls = new HttpCalls(address(server.httpPort()), "127.0.0.1", "", "");
        try (SharedRegion region = SharedRegion.create(SharedRegion.FOLDER, "test")) {
            Requests requests = Requests.inSharedMemory(DATA, region, 2);
            Traffic traffic = traffic(protocol, requests);
            region.shareWith(calls);
            traffic.askOnce();
            assertThat(region.read(requests.outputs().getFirst())).isEqualTo(DATA);

            assertAnswered(traffic.run(2, SECONDS));

            assertThat(region.read(requests.outputs().getLast())).isEqualTo(DATA);
            region.unshareWith(calls);
        }
    }

    @Test
    void run_requestsThatAreRefused_saysWhatTheServerSays() throws Exception {
        try (SharedRegion region = SharedRegion.create(SharedRegion.FOLDER, "test")) {
            Traffic traffic = traffic(Protocol.HTTP, Requests.inSharedMemory(DATA, region, 2));

            assertThatThrownBy(() -> traffic.run(2, 1)).isInstanceOf(LoadException.class)
                    .hasMessageContaining("failed: HTTP 404: ").hasMessageContaining("shared memory region");
        }
    }

    private static InetSocketAddress address(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private static void assertAnswered(LoadReport report) {
        assertThat(report.sample().answersByClient().clients()).isEqualTo(2);
        assertThat(report.sample().answersByClient().fewest()).isPositive();
        assertThat(report.failures().total()).isZero();
    }

    private static Traffic traffic(Protocol protocol, Requests requests) {
        return protocol.grpc().map(method -> Traffic.grpc(server.grpcPort(), method, 2, 2, requests))
                .orElseGet(() -> Traffic.http(server.httpPort(), requests));
    }
}
