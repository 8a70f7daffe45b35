package io.nereid.server.grpc;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.nereid.inference.Await;
import io.nereid.server.grpc.proto.ModelStatisticsRequest;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.model.control.TestRepository;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** What clients of gRPC can take from the server, over real connections. */
@Timeout(60)
class GrpcLimitsTest {
    private static final GrpcLimits SHORT = GrpcLimits.DEFAULT.withMessageTimeout(Duration.ofSeconds(1));

    @TempDir
    private Path folder;
    private TestRepository models;

    @BeforeEach
    void writeModels() {
        models = new TestRepository(folder).withIdentity("echo", "TYPE_UINT8", "-1", "");
    }

    private GrpcServer start(GrpcLimits limits) throws Exception {
        return new GrpcServer(models, LedgerLimits.DEFAULT.withMaxRequests(100).withMaxBytes(1 << 20),
                grpc -> grpc.withLimits(limits));
    }

    @Test
    void message_stallsHalfWay_itsCallIsRefusedAndTheOthersGoOn() throws Exception {
        try (GrpcServer server = start(SHORT); Http2Client client = new Http2Client(server.server.grpcPort())) {
            client.begin().call(1, "ModelInfer").messagePart(1, 1 << 20, 1_000);
            client.call(3, "ModelStreamInfer").messagePart(3, 1 << 20, 1_000);
            client.call(5, "ServerReady").messagePart(5, 1 << 20, 1_000);
            for (int ends = 0; ends < 4; ends++) { // one of each call, and what the stream began with
                assertThat(client.reads(Http2Client.HEADERS)).isTrue();
            }
            assertThat(server.infer(GrpcServer.request("echo", "", (byte) 7)).getRawOutputContents(0).byteAt(0))
                    .isEqualTo((byte) 7);
        }
    }

    @Test
    void unaryCall_withoutARequest_isRefused() throws Exception {
        try (GrpcServer server = start(SHORT); Http2Client client = new Http2Client(server.server.grpcPort())) {
            client.begin().call(1, "ModelInfer");
            assertThat(client.reads(Http2Client.HEADERS)).isTrue();
        }
    }

    /** Two hundred calls that announce 2 GiB each: what the server holds of them stays near its limit of 1 MiB. */
    @Test
    void messages_manyUnfinished_areRefusedWhenTheyHoldTooMuchTogether() throws Exception {
        try (GrpcServer server = start(GrpcLimits.DEFAULT);
                Http2Client client = new Http2Client(server.server.grpcPort())) {
            client.begin();
            for (int call = 0; call < 200; call++) {
                int stream = 2 * call + 1;
                client.call(stream, "ModelInfer").messagePart(stream, Integer.MAX_VALUE, 10_000);
            }
            for (int refused = 0; refused < 200 - (1 << 20) / 10_000; refused++) {
                assertThat(client.reads(Http2Client.HEADERS)).isTrue();
            }
        }
    }

    @Test
    void message_largerThanAllowed_isRefused() throws Exception {
        try (GrpcServer server = start(GrpcLimits.DEFAULT.withMaxMessageBytes(10_000))) {
            server.infer(GrpcServer.request("echo", "", new byte[9_000]));
            assertThatExceptionOfType(StatusRuntimeException.class)
                    .isThrownBy(() -> server.infer(GrpcServer.request("echo", "", new byte[11_000])))
                    .satisfies(error -> assertThat(error.getStatus().getCode())
                            .isEqualTo(Status.Code.RESOURCE_EXHAUSTED));
        }
    }

    /** Its length is more than a signed number of 32 bits can hold. */
    @Test
    void message_announcedAsThreeBillionBytes_isRefusedBeforeItComes() throws Exception {
        try (GrpcServer server = start(GrpcLimits.DEFAULT);
                Http2Client client = new Http2Client(server.server.grpcPort())) {
            client.begin().call(1, "ModelInfer").messagePart(1, (int) 3_000_000_000L, 1_000);
            assertThat(client.streamOf(Http2Client.HEADERS)).isEqualTo(1);
            client.call(3, "ModelStreamInfer").messagePart(3, (int) 3_000_000_000L, 1_000);
            assertThat(client.streamOf(Http2Client.HEADERS)).isEqualTo(3);
            assertThat(server.infer(GrpcServer.request("echo", "", (byte) 7)).getModelName()).isEqualTo("echo");
        }
    }

    @Test
    void metadata_moreThanAllowed_isRefused() throws Exception {
        try (GrpcServer server = start(GrpcLimits.DEFAULT);
                Http2Client client = new Http2Client(server.server.grpcPort())) {
            client.begin().call(1, "ModelInfer", "x", "y".repeat(15_000)).call(3, "ModelInfer", "x",
                    "y".repeat(16_200));
            assertThat(client.streamOf(Http2Client.HEADERS)).isEqualTo(3);
            assertThat(server.infer(GrpcServer.request("echo", "", (byte) 7)).getModelName()).isEqualTo("echo");
        }
    }

    @Test
    void connections_moreThanAllowed_areClosedAtOnce() throws Exception {
        try (GrpcServer server = start(GrpcLimits.DEFAULT.withMaxConnections(2))) {
            server.infer(GrpcServer.request("echo", "", (byte) 7));
            try (Http2Client second = new Http2Client(server.server.grpcPort()).begin()) {
                assertThat(second.reads(Http2Client.SETTINGS)).isTrue();
                assertThat(readsNothing(server.server.grpcPort())).isTrue();
            }
            Await.until(() -> takesConnection(server.server.grpcPort()));
            server.infer(GrpcServer.request("echo", "", (byte) 7));
        }
    }

    private static boolean readsNothing(int port) throws Exception {
        try (Http2Client third = new Http2Client(port)) {
            return !third.begin().reads(Http2Client.SETTINGS);
        } catch (SocketException _) {
            return true; // closed while it was being written to
        }
    }

    private static boolean takesConnection(int port) {
        try {
            return !readsNothing(port);
        } catch (Exception e) {
            return false;
        }
    }

    @Test
    void connection_withoutACall_isClosedAfterTheIdleTimeout() throws Exception {
        try (GrpcServer server = start(GrpcLimits.DEFAULT.withIdleTimeout(Duration.ofSeconds(1)));
                Http2Client client = new Http2Client(server.server.grpcPort())) {
            client.begin();
            assertThat(client.reads(Http2Client.GOAWAY)).isTrue();
            server.infer(GrpcServer.request("echo", "", (byte) 7));
        }
    }

    /** What is no inference goes through the heap, and so must be small. */
    @Test
    void message_tooLargeForWhatItAsks_isRefused() throws Exception {
        String long5MiB = "x".repeat(5 << 20);
        String long65KiB = "x".repeat(65 << 10);
        try (GrpcServer server = new GrpcServer(models)) {
            assertThatExceptionOfType(StatusRuntimeException.class)
                    .isThrownBy(() -> ClientCalls.blockingUnaryCall(server.channel, GrpcServer.STATISTICS,
                            CallOptions.DEFAULT, ModelStatisticsRequest.newBuilder().setName(long5MiB).build()))
                    .withMessage("INVALID_ARGUMENT: request has 1048577 or more bytes that are no tensor's "
                            + "data (expected at "
                            + "most 1048576 bytes). Use --max-request-head-size to increase the limit.");
            assertThatExceptionOfType(StatusRuntimeException.class)
                    .isThrownBy(() -> ClientCalls.blockingUnaryCall(server.channel, GrpcServer.STATISTICS,
                            CallOptions.DEFAULT, ModelStatisticsRequest.newBuilder().setName(long65KiB).build()))
                    .withMessage("INVALID_ARGUMENT: request has a name, id, key or string parameter of 66560 "
                            + "bytes (expected at "
                            + "most 65536 bytes). Use --max-request-string-size to increase the limit.");
            HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(server.channel);
            assertThatExceptionOfType(StatusRuntimeException.class)
                    .isThrownBy(() -> health.check(HealthCheckRequest.newBuilder().setService(long5MiB).build()));
            assertThat(health.check(HealthCheckRequest.getDefaultInstance()).getStatus())
                    .isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
        }
    }

    /** Rapid reset: as fast as the client can. */
    @Test
    void connection_thatBeginsAndResetsCallsWithoutEnd_isCut() throws Exception {
        try (GrpcServer server = start(GrpcLimits.DEFAULT)) {
            int resets = 0;
            try (Http2Client client = new Http2Client(server.server.grpcPort())) {
                client.begin();
                for (; resets < 400_000; resets++) {
                    client.callGivenUp(2 * resets + 1, "ModelInfer");
                }
            } catch (SocketException _) {
                // cut
            }
            assertThat(resets).isBetween(19_000, 399_999);
            server.infer(GrpcServer.request("echo", "", (byte) 7));
        }
    }

    @Test
    void drain_clientsAreAskedToGoAndServedMeanwhile() throws Exception {
        try (GrpcServer server = start(GrpcLimits.DEFAULT);
                Http2Client old = new Http2Client(server.server.grpcPort()).begin()) {
            server.infer(GrpcServer.request("echo", "", (byte) 7));
            assertThat(old.reads(Http2Client.SETTINGS)).isTrue();
            server.server.beginDrain();
            assertThat(old.reads(Http2Client.GOAWAY)).isTrue();
            for (int i = 0; i < 100; i++) { // without retries
                server.infer(GrpcServer.request("echo", "", (byte) 7));
            }
            try (Http2Client late = new Http2Client(server.server.grpcPort()).begin()) {
                assertThat(late.reads(Http2Client.GOAWAY)).isTrue();
            }
        }
    }

    /** Ten clients, each on connections of its own, call all the time while they are sent away: no call fails. */
    @Test
    void drain_whileClientsCall_noCallFails() throws Exception {
        try (GrpcServer server = start(GrpcLimits.DEFAULT)) {
            List<Thread> clients = new ArrayList<>();
            List<Exception> failures = Collections.synchronizedList(new ArrayList<>());
            for (int i = 0; i < 10; i++) {
                clients.add(Thread.ofPlatform().start(() -> call(server, 200, failures)));
            }
            server.server.beginDrain();
            for (Thread client : clients) {
                client.join();
            }
            assertThat(failures).isEmpty();
        }
    }

    /**
     * Calls as clients do by default: without a policy for retries, but a call that the client itself has not sent yet
     * when its connection is closed to new ones goes to the next connection.
     */
    private static void call(GrpcServer server, int times, List<Exception> failures) {
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", server.server.grpcPort()).usePlaintext()
                .build();
        try {
            for (int i = 0; i < times; i++) {
                ClientCalls.blockingUnaryCall(channel, GrpcServer.INFER,
                        CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS),
                        GrpcServer.request("echo", "", (byte) i));
            }
        } catch (StatusRuntimeException e) {
            failures.add(e);
        } finally {
            channel.shutdownNow();
        }
    }
}
