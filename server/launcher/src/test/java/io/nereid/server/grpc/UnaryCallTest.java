package io.nereid.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.nereid.inference.Await;
import io.nereid.server.ServerConfig;
import io.nereid.server.grpc.proto.InferParameter;
import io.nereid.server.grpc.proto.ModelInferRequest;
import io.nereid.server.grpc.proto.ModelInferResponse;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.http.HttpLimits;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.model.control.TestRepository;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class UnaryCallTest {
    @TempDir
    private Path folder;

    @Test
    void infer_tensorsOfManySizes_comeBackAsTheyWere() throws Exception {
        TestRepository repository = new TestRepository(folder).withIdentity("echo", "TYPE_UINT8", "-1", "");
        try (GrpcServer server = new GrpcServer(repository)) {
            for (int size : new int[]{1, 64, 16 << 10, 602_112, 9 << 20}) {
                byte[] data = new byte[size];
                new Random(size).nextBytes(data);
                ModelInferResponse response = server.infer(GrpcServer.request("echo", "id" + size, data));
                assertThat(response.getId()).isEqualTo("id" + size);
                assertThat(response.getModelVersion()).isEqualTo("1");
                assertThat(response.getRawOutputContents(0).toByteArray()).isEqualTo(data);
            }
            server.awaitNothingInFlight();
            assertThat(server.statistics("echo").getInferenceStats().getSuccess().getCount()).isEqualTo(5);
        }
    }

    @Test
    void infer_compressedMessage_mayComeToWhatHttpAllowsToo() throws Exception {
        TestRepository repository = new TestRepository(folder).withIdentity("m", "TYPE_UINT8", "-1", "");
        HttpLimits limits = HttpLimits.DEFAULT.withMaxInputBytes(70 << 20);
        ServerConfig config = ServerConfig.of(repository.root()).withHttp(HttpConfig.DEFAULT.withLimits(limits));
        CallOptions gzip = CallOptions.DEFAULT.withCompression("gzip");
        try (GrpcServer server = new GrpcServer(config, grpc -> grpc)) {
            byte[] fits = new byte[65 << 20];
            assertThat(server.infer(GrpcServer.request("m", "", fits), gzip).getRawOutputContents(0).size())
                    .isEqualTo(fits.length);
            assertThatExceptionOfType(StatusRuntimeException.class)
                    .isThrownBy(() -> server.infer(GrpcServer.request("m", "", new byte[70 << 20]), gzip))
                    .withMessage("INVALID_ARGUMENT: decompressed request exceeds the maximum allowed value of "
                            + (70 << 20) + " bytes. Use --http-max-input-size to increase the limit.");
        }
    }

    @Test
    void infer_compressedBothWays_isTheSame() throws Exception {
        TestRepository repository = new TestRepository(folder).withIdentity("echo", "TYPE_UINT8", "-1", "");
        byte[] data = new byte[300_000];
        for (GrpcConfig.Compression level : GrpcConfig.Compression.values()) {
            try (GrpcServer server = new GrpcServer(repository, LedgerLimits.DEFAULT,
                    grpc -> grpc.withCompression(level))) {
                ModelInferResponse response = server.infer(GrpcServer.request("echo", "", data),
                        CallOptions.DEFAULT.withCompression("gzip"));
                assertThat(response.getRawOutputContents(0).toByteArray()).isEqualTo(data);
                server.awaitNothingInFlight();
            }
        }
    }

    @Test
    void infer_whatCannotBeServed_isAStatusInTritonsWords() throws Exception {
        TestRepository repository = new TestRepository(folder).withIdentity("echo", "TYPE_UINT8", "2", "");
        try (GrpcServer server = new GrpcServer(repository)) {
            refused(server, GrpcServer.request("none", ""), Status.Code.NOT_FOUND,
                    "Request for unknown model: 'none' is not found");
            refused(server, GrpcServer.request("echo", "").toBuilder().setModelVersion("7").build(),
                    Status.Code.NOT_FOUND, "Request for unknown model: 'echo' version 7 is not found");
            refused(server, GrpcServer.request("echo", "abc", (byte) 1), Status.Code.INVALID_ARGUMENT,
                    "[request id: abc] unexpected shape for input 'IN' for model 'echo'. Expected [-1,2], got [1,1].");
            refused(server, GrpcServer.request("echo", "").toBuilder()
                    .putParameters("triton_x", InferParameter.newBuilder().setBoolParam(true).build()).build(),
                    Status.Code.INVALID_ARGUMENT, "parameter keys starting with 'triton_' are reserved");
            refused(server, GrpcServer.request("echo", "").toBuilder().clearRawInputContents().build(),
                    Status.Code.INVALID_ARGUMENT, "unable to find data for input tensor 'IN' for model 'echo'");
            server.awaitNothingInFlight();
        }
    }

    private static void refused(GrpcServer server, ModelInferRequest request, Status.Code code, String text) {
        assertThatExceptionOfType(StatusRuntimeException.class).isThrownBy(() -> server.infer(request))
                .satisfies(e -> {
                    assertThat(e.getStatus().getCode()).isEqualTo(code);
                    assertThat(e.getStatus().getDescription()).startsWith(text);
                });
    }

    @Test
    void infer_moreThanIsLetIn_isUnavailableWithAdviceToTryAgain() throws Exception {
        TestRepository repository = new TestRepository(folder).withIdentity("slow", "TYPE_UINT8", "-1",
                "parameters { key: \"execute_delay_ms\" value { string_value: \"60000\" } }");
        try (GrpcServer server = new GrpcServer(repository, LedgerLimits.DEFAULT.withMaxRequests(1),
                grpc -> grpc)) {
            ClientCall<ModelInferRequest, ModelInferResponse> running = start(server, "slow");
            Await.until(() -> server.server.admission().requests() == 1);
            assertThatExceptionOfType(StatusRuntimeException.class)
                    .isThrownBy(() -> server.infer(GrpcServer.request("slow", "", (byte) 1))).satisfies(e -> {
                        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
                        assertThat(e.getStatus().getDescription()).startsWith("too many requests in flight");
                        assertThat(Objects.requireNonNull(e.getTrailers()).get(
                                Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER)))
                                .isEqualTo("1000");
                    });
            running.cancel("enough", null);
            server.awaitNothingInFlight();
        }
    }

    @Test
    void cancel_runningAndQueuedRequests_endsThem() throws Exception {
        TestRepository repository = new TestRepository(folder).withIdentity("slow", "TYPE_UINT8", "-1", """
                instance_group { count: 1 kind: KIND_CPU }
                parameters { key: "execute_delay_ms" value { string_value: "60000" } }
                """);
        try (GrpcServer server = new GrpcServer(repository)) {
            ClientCall<ModelInferRequest, ModelInferResponse> running = start(server, "slow");
            ClientCall<ModelInferRequest, ModelInferResponse> queued = start(server, "slow");
            Await.until(() -> server.server.admission().requests() == 2);
            queued.cancel("enough", null);
            Await.until(() -> server.server.admission().requests() == 1);
            running.cancel("enough", null);
            server.awaitNothingInFlight();
            assertThat(server.statistics("slow").getInferenceStats().getFail().getCount()).isEqualTo(2);
        }
    }

    @Test
    void deadline_ofARequestInTheQueue_takesItOut() throws Exception {
        TestRepository repository = new TestRepository(folder).withIdentity("slow", "TYPE_UINT8", "-1", """
                instance_group { count: 1 kind: KIND_CPU }
                parameters { key: "execute_delay_ms" value { string_value: "60000" } }
                """);
        try (GrpcServer server = new GrpcServer(repository)) {
            ClientCall<ModelInferRequest, ModelInferResponse> running = start(server, "slow");
            Await.until(() -> server.server.admission().requests() == 1);
            assertThatExceptionOfType(StatusRuntimeException.class)
                    .isThrownBy(() -> server.infer(GrpcServer.request("slow", "", (byte) 1),
                            CallOptions.DEFAULT.withDeadlineAfter(300, TimeUnit.MILLISECONDS)))
                    .satisfies(e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED));
            Await.until(() -> server.server.admission().requests() == 1);
            running.cancel("enough", null);
            server.awaitNothingInFlight();
        }
    }

    @Test
    void infer_callWithoutRequestOrWithNonsense_isRefused() throws Exception {
        TestRepository repository = new TestRepository(folder).withIdentity("echo", "TYPE_UINT8", "-1", "");
        try (GrpcServer server = new GrpcServer(repository)) {
            Random random = new Random(3);
            for (int i = 0; i < 200; i++) {
                byte[] nonsense = new byte[random.nextInt(40)];
                random.nextBytes(nonsense);
                ModelInferRequest request = ModelInferRequest.newBuilder().setModelName("echo")
                        .setUnknownFields(UnknownFieldSet.newBuilder().addField(5,
                                UnknownFieldSet.Field.newBuilder()
                                        .addLengthDelimited(ByteString.copyFrom(nonsense)).build())
                                .build())
                        .build();
                assertThatExceptionOfType(StatusRuntimeException.class).isThrownBy(() -> server.infer(request))
                        .satisfies(e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT));
            }
            server.awaitNothingInFlight();
        }
    }

    private static ClientCall<ModelInferRequest, ModelInferResponse> start(GrpcServer server, String model) {
        ClientCall<ModelInferRequest, ModelInferResponse> call = server.channel.newCall(GrpcServer.INFER,
                CallOptions.DEFAULT);
        ClientCalls.futureUnaryCall(call, GrpcServer.request(model, "", (byte) 1));
        return call;
    }
}
