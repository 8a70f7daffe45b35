package io.nereid.server.grpc;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.nereid.inference.Await;
import io.nereid.server.grpc.proto.ModelInferRequest;
import io.nereid.server.grpc.proto.ModelInferResponse;
import io.nereid.server.grpc.proto.ModelStreamInferResponse;
import io.nereid.server.model.control.TestRepository;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;

import static org.assertj.core.api.Assertions.assertThat;

class StreamCallTest {
    private static final String SLOW = """
            instance_group { count: 1 kind: KIND_CPU }
            parameters { key: "execute_delay_ms" value { string_value: "%d" } }
            """;

    @TempDir
    private Path folder;

    @Test
    void stream_requestsToSeveralModels_areAnsweredInTheirOrder() throws Exception {
        TestRepository repository = new TestRepository(folder).withIdentity("slow", "TYPE_UINT8", "-1",
                SLOW.formatted(200)).withIdentity("fast", "TYPE_UINT8", "-1", "");
        try (GrpcServer server = new GrpcServer(repository)) {
            StreamClient stream = new StreamClient(server);
            stream.send(GrpcServer.request("slow", "0", (byte) 1)).send(GrpcServer.request("fast", "1", (byte) 2))
                    .send(GrpcServer.request("none", "2", (byte) 3)).send(GrpcServer.request("fast", "3"))
                    .send(GrpcServer.request("fast", "4", (byte) 5)).halfClose();
            for (int i = 0; i < 5; i++) {
                ModelStreamInferResponse response = stream.next();
                assertThat(response.getInferResponse().getId()).isEqualTo(Integer.toString(i));
                if (i == 2) {
                    assertThat(response.getErrorMessage()).isEqualTo("Request for unknown model: 'none' is not found");
                    assertThat(response.getInferResponse().getParametersMap()).isEmpty();
                } else {
                    assertThat(response.getErrorMessage()).isEmpty();
                    assertThat(response.getInferResponse().getParametersOrThrow("triton_final_response").getBoolParam())
                            .isTrue();
                }
            }
            assertThat(stream.end().isOk()).isTrue();
            server.awaitNothingInFlight();
        }
    }

    @Test
    void stream_thatWantsErrorsAsStatus_endsWithTheFirst() throws Exception {
        TestRepository repository = new TestRepository(folder).withIdentity("slow", "TYPE_UINT8", "-1",
                SLOW.formatted(60_000));
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of("triton_grpc_error", Metadata.ASCII_STRING_MARSHALLER), "true");
        try (GrpcServer server = new GrpcServer(repository)) {
            StreamClient stream = new StreamClient(server, headers);
            stream.send(GrpcServer.request("slow", "0", (byte) 1)).send(GrpcServer.request("none", "1", (byte) 2));
            Status status = stream.end();
            assertThat(status.getCode()).isEqualTo(Status.Code.NOT_FOUND);
            assertThat(status.getDescription()).isEqualTo("Request for unknown model: 'none' is not found");
            server.awaitNothingInFlight();
        }
    }

    @Test
    void cancel_streamWithRequestsUnderWay_givesThemAllUp() throws Exception {
        TestRepository repository = new TestRepository(folder).withIdentity("slow", "TYPE_UINT8", "-1",
                SLOW.formatted(60_000));
        try (GrpcServer server = new GrpcServer(repository)) {
            StreamClient stream = new StreamClient(server);
            for (int i = 0; i < 10; i++) {
                stream.send(GrpcServer.request("slow", "", (byte) 1));
            }
            Await.until(() -> server.server.admission().requests() == 10);
            stream.cancel();
            server.awaitNothingInFlight();
            assertThat(server.statistics("slow").getInferenceStats().getFail().getCount()).isEqualTo(10);
        }
    }

    @Test
    void stream_clientThatDoesNotRead_isNotReadFromAndLosesNothing() throws Exception {
        TestRepository repository = new TestRepository(folder).withIdentity("echo", "TYPE_UINT8", "-1", "");
        byte[] large = new byte[1 << 20];
        try (GrpcServer server = new GrpcServer(repository)) {
            StreamClient stream = new StreamClient(server);
            int requests = 40;
            for (int i = 0; i < requests; i++) {
                stream.send(GrpcServer.request("echo", Integer.toString(i), large));
            }
            stream.halfClose();
            Await.until(() -> server.server.admission().requests() > 0);
            StreamClient other = new StreamClient(server);
            other.send(GrpcServer.request("echo", "other", (byte) 1));
            assertThat(other.next().getInferResponse().getId()).isEqualTo("other");
            assertThat(server.server.admission().requests()).isLessThan(requests);
            for (int i = 0; i < requests; i++) {
                ModelStreamInferResponse response = stream.next();
                assertThat(response.getInferResponse().getId()).isEqualTo(Integer.toString(i));
                assertThat(response.getInferResponse().getRawOutputContents(0).size()).isEqualTo(large.length);
            }
            assertThat(stream.end().isOk()).isTrue();
            other.cancel();
            server.awaitNothingInFlight();
        }
    }

    @Test
    void stop_withCallsThatNeverBringTheirRequest_doesNotWaitForThem() throws Exception {
        TestRepository repository = new TestRepository(folder).withIdentity("echo", "TYPE_UINT8", "-1", "");
        GrpcServer server = new GrpcServer(repository);
        ClientCall<ModelInferRequest, ModelInferResponse> silent = server.channel.newCall(GrpcServer.INFER,
                CallOptions.DEFAULT);
        silent.start(new ClientCall.Listener<>() {
        }, new Metadata());
        new StreamClient(server).send(GrpcServer.request("echo", "", (byte) 1)).next();
        assertThat(server.server.stop(Duration.ofSeconds(20))).isTrue();
        server.close();
    }

    @Test
    void stop_withAnIdleStreamAndOneUnderWay_endsTheOneAtOnceAndAnswersTheOther() throws Exception {
        TestRepository repository = new TestRepository(folder).withIdentity("slow", "TYPE_UINT8", "-1",
                SLOW.formatted(300));
        GrpcServer server = new GrpcServer(repository);
        StreamClient idle = new StreamClient(server);
        idle.send(GrpcServer.request("slow", "first", (byte) 1));
        idle.next();
        server.awaitNothingInFlight(); // the first request may outlive its response
        StreamClient busy = new StreamClient(server);
        busy.send(GrpcServer.request("slow", "busy", (byte) 1));
        Await.until(() -> server.server.admission().requests() == 1);
        Thread stopping = Thread.ofPlatform().start(() -> {
            try {
                assertThat(server.server.stop(Duration.ofSeconds(20))).isTrue();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        Status ended = idle.end();
        assertThat(ended.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(ended.getDescription())
                .isEqualTo("GRPC server is shutting down and has stopped accepting new requests.");
        assertThat(busy.next().getInferResponse().getId()).isEqualTo("busy");
        assertThat(busy.end().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        stopping.join();
        server.close();
    }
}
