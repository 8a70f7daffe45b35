package io.nereid.server.http;

import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.connection.RawClient;
import io.nereid.server.http.connection.RawClient.Reply;
import io.nereid.server.model.control.TestRepository;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;

/** What pages of other servers may do here through a browser. */
@Timeout(60)
class OriginCheckTest {
    private static final String HOST = "Host: 127.0.0.1:8000\r\n";
    private static final String OWN = HOST + "Origin: http://127.0.0.1:8000\r\n";
    private static final String EVIL = HOST + "Origin: http://evil.example\r\n";
    private static final String EVIL_REFUSED = "{\"error\":\"Origin: got 'http://evil.example' (expected"
            + " 'http://127.0.0.1:8000', or one that --http-allowed-origins names)\"}";
    private static final String BODY = "{\"inputs\":[{\"name\":\"IN\",\"datatype\":\"UINT8\",\"shape\":[1,1],"
            + "\"data\":[7]}]}";

    @TempDir
    private Path folder;
    private @Nullable ModelServer started;

    private void start(OriginPolicy policy) throws Exception {
        new TestRepository(folder).withIdentity("echo", "TYPE_UINT8", "-1", "");
        started = ModelServer.start(ServerConfig.of(folder).withGrpc(GrpcConfig.DEFAULT.withEnabled(false))
                .withHttp(HttpConfig.DEFAULT.withAddress("127.0.0.1").withPort(0).withOrigins(policy)));
    }

    @AfterEach
    void stop() {
        server().close();
    }

    private ModelServer server() {
        return Objects.requireNonNull(started);
    }

    private Reply ask(String request) throws Exception {
        try (RawClient client = new RawClient(server().httpPort())) {
            return client.send(request).read();
        }
    }

    private Reply infer(String headers) throws Exception {
        return ask("POST /v2/models/echo/infer HTTP/1.1\r\n" + headers + "Content-Length: " + BODY.length()
                + "\r\n\r\n" + BODY);
    }

    @Test
    void infer_withoutOriginOrFromTheServersOwnPage_isAnswered() throws Exception {
        start(OriginPolicy.OWN_PAGES);
        assertThat(infer("").status()).isEqualTo(200);
        assertThat(infer(HOST).status()).isEqualTo(200);
        Reply own = infer(OWN);
        assertThat(own.status()).isEqualTo(200);
        assertThat(own.headers()).doesNotContainKey("access-control-allow-origin");
        assertThat(infer("Host: Some.Name\r\nOrigin: http://some.name:80\r\n").status()).isEqualTo(200);
        assertThat(infer("Host: [::1]:8000\r\nOrigin: http://[::1]:8000\r\n").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:8001",
            "https://127.0.0.1:8000", "http://localhost:8000", "http://127.0.0.1:8000.evil.example", "",
            "http://127.0.0.1:8000\r\nOrigin: http://evil.example", "http://127.0.0.1:8000, http://evil.example"})
    void infer_fromAnotherPage_isForbidden(String origin) throws Exception {
        start(OriginPolicy.OWN_PAGES);
        Reply refused = infer(HOST + "Origin: " + origin + "\r\n");
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.text()).contains("expected 'http://127.0.0.1:8000'", "--http-allowed-origins");
        assertThat(refused.headers()).doesNotContainKey("access-control-allow-origin");
    }

    @Test
    void infer_fromAPageAndWithoutHost_isForbidden() throws Exception {
        start(OriginPolicy.OWN_PAGES);
        Reply refused = infer("Origin: http://127.0.0.1:8000\r\n");
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.text()).contains("(expected that of this server, or one that --http-allowed-origins names)");
        assertThat(infer("Host: \r\nOrigin: http://127.0.0.1:8000\r\n").status()).isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST /v2/models/echo/infer", "POST /v2/models/echo/versions/1/generate",
            "POST /v2/models/echo/generate_stream", "POST /v2/repository/index", "POST /v2/repository/models/echo/load",
            "POST /v2/repository/models/echo/unload", "POST /v2/systemsharedmemory/region/r/register",
            "POST /v2/cudasharedmemory/unregister", "POST /v2/trace/setting", "POST /v2/logging", "POST /nothing",
            "DELETE /v2/models/echo", "PUT /v2", "PATCH /v2/logging"})
    void everythingThatMayChangeSomething_fromAnotherPage_isForbidden(String request) throws Exception {
        start(OriginPolicy.OWN_PAGES);
        Reply refused = ask(request + " HTTP/1.1\r\n" + EVIL + "\r\n");
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.text()).isEqualTo(EVIL_REFUSED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 1000000000", "Transfer-Encoding: chunked",
            "Content-Length: 1000000000\r\nExpect: 100-continue"})
    void bodyOfAnotherPage_isNotWaitedFor(String body) throws Exception {
        start(OriginPolicy.OWN_PAGES);
        try (RawClient client = new RawClient(server().httpPort())) {
            client.send("POST /v2/models/echo/infer HTTP/1.1\r\n" + EVIL + body + "\r\n\r\n");
            Reply refused = client.read();
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.header("connection")).isEqualTo("close");
            assertThat(server().memory().bytesInUse()).isZero();
            assertThat(server().admission().bytes()).isZero();
        }
    }

    @Test
    void reading_fromAnotherPage_isAnsweredAsToAnybody() throws Exception {
        start(OriginPolicy.OWN_PAGES);
        Reply read = ask("GET /v2 HTTP/1.1\r\n" + EVIL + "\r\n");
        assertThat(read.status()).isEqualTo(200);
        assertThat(read.headers()).doesNotContainKey("access-control-allow-origin");
        assertThat(ask("OPTIONS /v2/models/echo/infer HTTP/1.1\r\n" + EVIL
                + "Access-Control-Request-Method: POST\r\n\r\n").status()).isEqualTo(405);
    }

    @Test
    void longOrigin_isShownInParts() throws Exception {
        start(OriginPolicy.OWN_PAGES);
        assertThat(infer(HOST + "Origin: http://" + "a".repeat(5000) + "\r\n").text()).hasSizeLessThan(300);
    }

    @Test
    void allowedOrigin_mayAskAndRead() throws Exception {
        start(OriginPolicy.OWN_PAGES.withOrigins("http://evil.example,https://Other.example:443"));
        Reply reply = infer(EVIL);
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.header("access-control-allow-origin")).isEqualTo("http://evil.example");
        assertThat(reply.header("vary")).isEqualTo("Origin");
        Reply other = ask("GET /nothing HTTP/1.1\r\n" + HOST + "Origin: https://other.example\r\n\r\n");
        assertThat(other.status()).isEqualTo(404);
        assertThat(other.header("access-control-allow-origin")).isEqualTo("https://other.example");
        assertThat(infer(HOST + "Origin: http://third.example\r\n").status()).isEqualTo(403);
    }

    @Test
    void allowedOrigin_streams_sayThatItMayRead() throws Exception {
        start(OriginPolicy.OWN_PAGES.withOrigins("http://evil.example"));
        String body = "{\"IN\":[7]}";
        Reply reply = ask("POST /v2/models/echo/generate_stream HTTP/1.1\r\n" + EVIL + "Content-Length: "
                + body.length() + "\r\n\r\n" + body);
        assertThat(reply.text()).startsWith("data: {");
        assertThat(reply.header("access-control-allow-origin")).isEqualTo("http://evil.example");
    }

    @Test
    void allowedOrigin_asksFirst_isAgreedTo() throws Exception {
        start(OriginPolicy.OWN_PAGES.withOrigins("http://evil.example"));
        Reply agreed = ask("OPTIONS /v2/models/echo/infer HTTP/1.1\r\n" + EVIL
                + "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\n\r\n");
        assertThat(agreed.status()).isEqualTo(200);
        assertThat(agreed.header("access-control-allow-origin")).isEqualTo("http://evil.example");
        assertThat(agreed.header("access-control-allow-methods")).contains("POST");
        assertThat(agreed.header("access-control-allow-headers")).isEqualTo("*, Authorization");
        assertThat(ask("OPTIONS /v2 HTTP/1.1\r\n" + EVIL + "\r\n").status()).as("no preflight").isEqualTo(405);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://evil.example", "null"})
    void star_opensToAll(String origin) throws Exception {
        start(OriginPolicy.OWN_PAGES.withOrigins("*"));
        Reply reply = infer(HOST + "Origin: " + origin + "\r\n");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.header("access-control-allow-origin")).isEqualTo("*");
    }

    @Test
    void hosts_namesThatAreNotListed_areForbiddenWhateverTheyAsk() throws Exception {
        start(OriginPolicy.OWN_PAGES.withHosts("models.example"));
        Reply refused = ask("GET /v2 HTTP/1.1\r\nHost: evil.example:8000\r\n\r\n");
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.text()).isEqualTo("{\"error\":\"Host: got 'evil.example:8000' (expected an IP address,"
                + " localhost, or a name in --http-allowed-hosts)\"}");
        assertThat(infer("Host: evil.example\r\nOrigin: http://evil.example\r\n").status()).isEqualTo(403);
        assertThat(ask("GET /v2 HTTP/1.1\r\nHost: models.example\r\n\r\n").status()).isEqualTo(200);
        assertThat(infer(OWN).status()).isEqualTo(200);
        assertThat(infer("").status()).isEqualTo(200);
    }
}
