package io.nereid.server;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.grpc.proto.ServerLiveRequest;
import io.nereid.server.grpc.proto.ServerLiveResponse;
import io.nereid.server.grpc.proto.ServerMetadataRequest;
import io.nereid.server.grpc.proto.ServerMetadataResponse;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.model.control.TestRepository;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.Restrictions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Calls that are answered only to who knows a secret, over both front ends. */
class RestrictionsTest {
    private static final MethodDescriptor<ServerLiveRequest, ServerLiveResponse> LIVE = MethodDescriptor
            .<ServerLiveRequest, ServerLiveResponse>newBuilder().setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("inference.GRPCInferenceService/ServerLive")
            .setRequestMarshaller(ProtoUtils.marshaller(ServerLiveRequest.getDefaultInstance()))
            .setResponseMarshaller(ProtoUtils.marshaller(ServerLiveResponse.getDefaultInstance())).build();
    private static final MethodDescriptor<ServerMetadataRequest, ServerMetadataResponse> METADATA = MethodDescriptor
            .<ServerMetadataRequest, ServerMetadataResponse>newBuilder().setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("inference.GRPCInferenceService/ServerMetadata")
            .setRequestMarshaller(ProtoUtils.marshaller(ServerMetadataRequest.getDefaultInstance()))
            .setResponseMarshaller(ProtoUtils.marshaller(ServerMetadataResponse.getDefaultInstance())).build();

    @TempDir
    private Path folder;
    private ModelServer server;
    private ManagedChannel channel;
    private HttpClient client;

    @BeforeEach
    void start() throws Exception {
        new TestRepository(folder).withIdentity("echo", "TYPE_UINT8", "-1", "");
        Restrictions http = new Restrictions(Map.of(ApiCategory.HEALTH, new Restrictions.Requirement("key", "secret")));
        Restrictions grpc = new Restrictions(
                Map.of(ApiCategory.HEALTH, new Restrictions.Requirement("triton-grpc-protocol-key", "secret")));
        server = ModelServer.start(ServerConfig.of(folder)
                .withHttp(HttpConfig.DEFAULT.withAddress("127.0.0.1").withPort(0).withRestrictions(http))
                .withGrpc(GrpcConfig.DEFAULT.withAddress("127.0.0.1").withPort(0).withRestrictions(grpc)));
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.grpcPort()).usePlaintext().build();
        client = HttpClient.newHttpClient();
    }

    @AfterEach
    void stop() {
        client.close();
        channel.shutdownNow();
        server.close();
    }

    @Test
    void http_restrictedRoute_isForbiddenWithoutTheSecret() throws Exception {
        HttpResponse<String> refused = get("/v2/health/live", "other", "secret");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).isEqualTo("{\"error\":\"This API is restricted, expecting header 'key'\"}");
        assertThat(get("/v2/health/live", "key", "wrong").statusCode()).isEqualTo(403);
        assertThat(get("/v2/models/echo/ready", "key", "").statusCode()).isEqualTo(403);
        assertThat(get("/v2/health/live", "KEY", "secret").statusCode()).isEqualTo(200);
        assertThat(get("/v2", "key", "wrong").statusCode()).isEqualTo(200);
    }

    @Test
    void grpc_restrictedCall_isUnavailableWithoutTheSecret() {
        Metadata.Key<String> key = Metadata.Key.of("triton-grpc-protocol-key", Metadata.ASCII_STRING_MARSHALLER);
        assertThatExceptionOfType(StatusRuntimeException.class)
                .isThrownBy(() -> ClientCalls.blockingUnaryCall(channel, LIVE, CallOptions.DEFAULT,
                        ServerLiveRequest.getDefaultInstance()))
                .satisfies(e -> {
                    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
                    assertThat(e.getStatus().getDescription())
                            .isEqualTo("This protocol is restricted, expecting header 'triton-grpc-protocol-key'");
                });
        assertThatExceptionOfType(StatusRuntimeException.class).isThrownBy(
                () -> HealthGrpc.newBlockingStub(channel).check(HealthCheckRequest.getDefaultInstance()));
        assertThat(ClientCalls.blockingUnaryCall(channel, METADATA, CallOptions.DEFAULT,
                ServerMetadataRequest.getDefaultInstance()).getName()).isEqualTo("triton");
        Metadata secret = new Metadata();
        secret.put(key, "secret");
        assertThat(HealthGrpc.newBlockingStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(secret))
                .check(HealthCheckRequest.getDefaultInstance()).getStatusValue()).isOne();
    }

    private HttpResponse<String> get(String path, String header, String value) throws Exception {
        return client.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.httpPort() + path))
                .header(header, value).build(), HttpResponse.BodyHandlers.ofString());
    }
}
