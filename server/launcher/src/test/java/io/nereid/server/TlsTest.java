package io.nereid.server;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.nereid.inference.Await;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.grpc.proto.ServerLiveRequest;
import io.nereid.server.grpc.proto.ServerLiveResponse;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.model.control.TestRepository;
import io.nereid.server.transport.TestCertificate;
import io.nereid.server.transport.TlsConfig;
import io.netty.handler.ssl.SslContextBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Both front ends over TLS, each with and without certificates of clients. */
class TlsTest {
    @TempDir
    private Path folder;

    @Test
    void http_overTls_servesTensorsOfEverySize() throws Exception {
        TestCertificate own = new TestCertificate(folder, "server");
        try (ModelServer server = start(own, null);
                HttpClient client = HttpClient.newBuilder().sslContext(own.clientContext(null)).build()) {
            for (int size : new int[]{1, 4000, 602_112, 5 << 20}) {
                byte[] data = new byte[size];
                new Random(size).nextBytes(data);
                HttpResponse<byte[]> response = client.send(infer(server, data),
                        HttpResponse.BodyHandlers.ofByteArray());
                assertThat(response.statusCode()).isEqualTo(200);
                byte[] body = response.body();
                assertThat(Arrays.copyOfRange(body, body.length - size, body.length)).isEqualTo(data);
            }
            Await.until(() -> server.memory().bytesInUse() == 0); // given back when the answer is written
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /v2", "POST /v2/repository/index"})
    void http_clientThatSendsNoMore_isAnswered(String request) throws Exception {
        TestCertificate own = new TestCertificate(folder, "server");
        try (ModelServer server = start(own, null);
                Socket socket = own.clientContext(null).getSocketFactory().createSocket("127.0.0.1",
                        server.httpPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write((request + " HTTP/1.1\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            byte[] reply = socket.getInputStream().readAllBytes();
            assertThat(new String(reply, StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 200 OK\r\n");
        }
    }

    @Test
    void http_clientCertificatesAskedFor_servesOnlyThoseWhoHaveOne() throws Exception {
        TestCertificate own = new TestCertificate(folder, "server");
        TestCertificate clients = new TestCertificate(folder, "client");
        try (ModelServer server = start(own, clients);
                HttpClient known = HttpClient.newBuilder().sslContext(own.clientContext(clients)).build();
                HttpClient stranger = HttpClient.newBuilder().sslContext(own.clientContext(null)).build()) {
            assertThat(known.send(infer(server, new byte[]{1}), HttpResponse.BodyHandlers.ofByteArray()).statusCode())
                    .isEqualTo(200);
            assertThatExceptionOfType(IOException.class).isThrownBy(
                    () -> stranger.send(infer(server, new byte[]{1}), HttpResponse.BodyHandlers.ofByteArray()));
        }
    }

    @Test
    void grpc_clientCertificatesAskedFor_servesOnlyThoseWhoHaveOne() throws Exception {
        TestCertificate own = new TestCertificate(folder, "server");
        TestCertificate clients = new TestCertificate(folder, "client");
        try (ModelServer server = start(own, clients)) {
            assertThat(isLive(server, own, clients)).isTrue();
            assertThatExceptionOfType(StatusRuntimeException.class).isThrownBy(() -> isLive(server, own, null));
        }
        try (ModelServer server = start(own, null)) {
            assertThat(isLive(server, own, null)).isTrue();
        }
    }

    @Test
    void start_filesThatAreNone_saysWhatWasExpected() throws Exception {
        Path nonsense = Files.writeString(folder.resolve("nonsense"), "nonsense");
        TlsConfig tls = new TlsConfig(nonsense, nonsense, Optional.empty());
        assertThatExceptionOfType(StartException.class).isThrownBy(() -> start(tls).close())
                .withMessageContaining("the TLS files of the HTTP front end cannot be used: there is no certificate in "
                        + nonsense + " (expected PEM: -----BEGIN CERTIFICATE-----)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"EC", "RSA", "Ed25519"})
    void start_keyOfAnotherCertificate_isRefused(String algorithm) throws Exception {
        TestCertificate own = new TestCertificate(folder, "server", algorithm);
        TestCertificate other = new TestCertificate(folder, "other", algorithm);
        TestCertificate ofAnotherKind = new TestCertificate(folder, "kind", algorithm.equals("EC") ? "RSA" : "EC");
        start(new TlsConfig(own.certificate(), own.key(), Optional.empty())).close();
        for (Path key : List.of(other.key(), ofAnotherKind.key())) {
            assertThatExceptionOfType(StartException.class)
                    .isThrownBy(() -> start(new TlsConfig(own.certificate(), key, Optional.empty())).close())
                    .withMessageContaining("the key in " + key + " does not belong to the certificate in "
                            + own.certificate() + " (CN=server)");
        }
    }

    @Test
    void http_edwardsCurve_isServed() throws Exception {
        TestCertificate own = new TestCertificate(folder, "server", "Ed25519");
        try (ModelServer server = start(own, null);
                HttpClient client = HttpClient.newBuilder().sslContext(own.clientContext(null)).build()) {
            assertThat(client.send(infer(server, new byte[]{1}), HttpResponse.BodyHandlers.ofByteArray()).statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void http_inTheClearOnATlsPort_isToldSo() throws Exception {
        TestCertificate own = new TestCertificate(folder, "server");
        try (ModelServer server = start(own, null); HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> response = client.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
                    + server.httpPort() + "/v2/health/ready")).version(HttpClient.Version.HTTP_1_1).build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(response.body()).contains("this port takes TLS only");
        }
    }

    private ModelServer start(TestCertificate own, @Nullable TestCertificate clients) throws Exception {
        return start(new TlsConfig(own.certificate(), own.key(),
                clients == null ? Optional.empty() : Optional.of(clients.certificate())));
    }

    private ModelServer start(TlsConfig tls) throws Exception {
        Path models = Files.createDirectories(folder.resolve("models"));
        new TestRepository(models).withIdentity("echo", "TYPE_UINT8", "-1", "");
        return ModelServer.start(ServerConfig.of(models)
                .withHttp(HttpConfig.DEFAULT.withAddress("127.0.0.1").withPort(0).withTls(tls))
                .withGrpc(GrpcConfig.DEFAULT.withAddress("127.0.0.1").withPort(0).withTls(tls)));
    }

    private static HttpRequest infer(ModelServer server, byte[] data) {
        byte[] json = ("{\"inputs\":[{\"name\":\"IN\",\"datatype\":\"UINT8\",\"shape\":[1," + data.length
                + "],\"parameters\":{\"binary_data_size\":" + data.length
                + "}}],\"parameters\":{\"binary_data_output\":true}}").getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(json);
        body.writeBytes(data);
        return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.httpPort() + "/v2/models/echo/infer"))
                .header("Inference-Header-Content-Length", Integer.toString(json.length))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray())).build();
    }

    private static boolean isLive(ModelServer server, TestCertificate trusted, @Nullable TestCertificate own)
            throws Exception {
        SslContextBuilder tls = GrpcSslContexts.forClient().trustManager(trusted.certificate().toFile());
        if (own != null) {
            tls.keyManager(own.certificate().toFile(), own.key().toFile());
        }
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", server.grpcPort())
                .sslContext(tls.build()).build();
        try {
            MethodDescriptor<ServerLiveRequest, ServerLiveResponse> method = MethodDescriptor
                    .<ServerLiveRequest, ServerLiveResponse>newBuilder().setType(MethodDescriptor.MethodType.UNARY)
                    .setFullMethodName("inference.GRPCInferenceService/ServerLive")
                    .setRequestMarshaller(ProtoUtils.marshaller(ServerLiveRequest.getDefaultInstance()))
                    .setResponseMarshaller(ProtoUtils.marshaller(ServerLiveResponse.getDefaultInstance())).build();
            return ClientCalls.blockingUnaryCall(channel, method, CallOptions.DEFAULT.withDeadlineAfter(20,
                    TimeUnit.SECONDS), ServerLiveRequest.getDefaultInstance()).getLive();
        } finally {
            channel.shutdownNow();
            channel.awaitTermination(20, TimeUnit.SECONDS);
        }
    }
}
