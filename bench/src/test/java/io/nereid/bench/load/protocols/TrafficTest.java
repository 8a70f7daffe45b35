package io.nereid.bench.load.protocols;

import io.nereid.bench.load.IdentityRepository;
import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.client.ClosedLoopReport;
import io.nereid.bench.load.client.grpc.InferMethod;
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

import java.nio.file.Path;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What the clients send, to the real server. */
class TrafficTest {
    private static final byte[] DATA = {1, 2, 3, 4, 5, 6, 7, 8};

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
        try (Traffic traffic = traffic(protocol, new Requests(DATA, Optional.empty()))) {
            assertThat(traffic.askOnce()).endsWith(DATA);
            assertAnswered(traffic.run(2, 1));
        }
    }

    @ParameterizedTest
    @EnumSource(value = Protocol.class, names = {".*_SHARED_MEMORY"}, mode = EnumSource.Mode.MATCH_ANY)
    void run_inSharedMemory_writesEveryClientsOutput(Protocol protocol) throws Exception {
        try (SharedRegion region = SharedRegion.create(SharedRegion.FOLDER, DATA, 2);
                Traffic traffic = traffic(protocol, new Requests(DATA, Optional.of(region)))) {
            region.registerAt(server.httpPort());
            traffic.askOnce();
            assertThat(region.read(region.output(0))).isEqualTo(DATA);

            assertAnswered(traffic.run(2, 1));

            assertThat(region.read(region.output(1))).isEqualTo(DATA);
            region.unregisterAt(server.httpPort());
        }
    }

    @Test
    void registerAt_regionOfAnUnknownFile_saysWhatTheServerSays(@TempDir Path elsewhere) throws Exception {
        try (SharedRegion region = SharedRegion.create(elsewhere, DATA, 1)) {
            assertThatThrownBy(() -> region.registerAt(server.httpPort())).isInstanceOf(LoadException.class)
                    .hasMessageStartingWith("the server did not register the shared memory: ");
        }
    }

    private static void assertAnswered(ClosedLoopReport report) {
        assertThat(report.clients()).hasSize(2).allSatisfy(client -> {
            assertThat(client.latencies().count()).isPositive();
            assertThat(client.errors()).isZero();
        });
    }

    private static Traffic traffic(Protocol protocol, Requests requests) {
        Optional<InferMethod> grpc = protocol.grpc();
        return grpc.isPresent() ? new GrpcTraffic(server.grpcPort(), grpc.get(), 2, requests)
                : new HttpTraffic(server.httpPort(), requests);
    }
}
