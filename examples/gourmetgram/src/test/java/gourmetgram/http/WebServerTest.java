package gourmetgram.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class WebServerTest {
    private static final int MOST = 1000;
    private static final int ANNOUNCERS = 7;

    private final HttpClient client = HttpClient.newHttpClient();
    private WebServer server;

    @BeforeEach
    void start() throws IOException {
        server = WebServer.start(anyPort(), new Routes().add("GET", "/hello", _ -> hello())
                .add("POST", "/length", request -> Reply.json(JsonNodeFactory.instance.numberNode(
                        request.body(MOST).length)))
                .add("POST", "/fail", request -> {
                    throw new InferenceException(ErrorCode.valueOf(String.valueOf(request.header("X-Code"))), "why");
                }).add("POST", "/bug", _ -> {
                    throw new IllegalStateException("secret");
                }));
    }

    private static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    private static Reply hello() {
        return Reply.json(JsonNodeFactory.instance.textNode("hello"));
    }

    @AfterEach
    void stop() {
        server.close();
        client.close();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String path, BodyPublisher body) throws IOException, InterruptedException {
        return send(request(path).POST(body));
    }

    @Test
    void answer_hasTypeAndWhatKeepsBrowsersFromGuessing() throws IOException, InterruptedException {
        HttpResponse<String> response = send(request("/hello"));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("\"hello\"");
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(response.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
    }

    @Test
    void head_isGetWithoutABody() throws IOException, InterruptedException {
        HttpResponse<String> response = send(request("/hello").HEAD());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEmpty();
    }

    @Test
    void anUnknownPath_is404WithThoseThereAre() throws IOException, InterruptedException {
        HttpResponse<String> response = send(request("/helo"));
        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(response.body()).contains("/hello, /length");
    }

    @Test
    void anotherMethod_is405WithThatThereIs() throws IOException, InterruptedException {
        HttpResponse<String> response = post("/hello", BodyPublishers.noBody());
        assertThat(response.statusCode()).isEqualTo(405);
        assertThat(response.body()).isEqualTo("{\"error\":\"got POST (expected GET)\"}");
        assertThat(response.headers().firstValue("Allow")).hasValue("GET");
    }

    @Test
    void aBodyOfTheLargestSize_isTaken() throws IOException, InterruptedException {
        assertThat(post("/length", BodyPublishers.ofByteArray(new byte[MOST])).body()).isEqualTo("1000");
        assertThat(post("/length", BodyPublishers.noBody()).body()).isEqualTo("0");
    }

    @Test
    void aBodyThatIsAnnouncedTooLarge_is413() throws IOException, InterruptedException {
        HttpResponse<String> response = post("/length", BodyPublishers.ofByteArray(new byte[MOST + 1]));
        assertThat(response.statusCode()).isEqualTo(413);
        assertThat(response.body()).isEqualTo("{\"error\":\"body: got 1001 bytes (expected at most 1000 bytes)\"}");
    }

    @Test
    void aBodyThatBecomesTooLarge_is413() throws IOException, InterruptedException {
        BodyPublisher chunked = BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[5 * MOST]));
        HttpResponse<String> response = post("/length", chunked);
        assertThat(response.statusCode()).isEqualTo(413);
        assertThat(response.body()).contains("body: got more (expected at most 1000 bytes)");
    }

    @ParameterizedTest
    @CsvSource({"INVALID_ARG,400", "UNAVAILABLE,503", "NOT_FOUND,502", "UNSUPPORTED,502", "INTERNAL,500"})
    void anErrorOfTheModel_hasTheStatusOfItsCode(String code, int status) throws IOException, InterruptedException {
        HttpResponse<String> response = send(request("/fail").header("X-Code", code).POST(BodyPublishers.noBody()));
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.body()).isEqualTo("{\"error\":\"why\"}");
    }

    @Test
    void anErrorOfTheServiceItself_doesNotTellItsInside() throws IOException, InterruptedException {
        HttpResponse<String> response = post("/bug", BodyPublishers.noBody());
        assertThat(response.statusCode()).isEqualTo(500);
        assertThat(response.body()).doesNotContain("secret");
    }

    @Test
    void aPortThatIsTaken_isNamed() {
        InetSocketAddress taken = new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port());
        assertThatThrownBy(() -> WebServer.start(taken, new Routes())).isInstanceOf(IOException.class)
                .hasMessageContaining("cannot listen on ").hasMessageContaining(":" + server.port())
                .hasMessageContaining("--port=NUMBER takes another port");
    }

    /** Five bodies of the largest size do not fit at once: the fifth is refused while four are held, and taken after. */
    @Test
    void whatAllBodiesHold_isBounded() throws Exception {
        CountDownLatch held = new CountDownLatch(4);
        CountDownLatch end = new CountDownLatch(1);
        Routes routes = new Routes().add("POST", "/hold", request -> {
            request.body(Request.MAX_BODY_BYTES);
            held.countDown();
            end.await();
            return hello();
        });
        try (WebServer holding = WebServer.start(anyPort(), routes)) {
            HttpRequest large = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + holding.port() + "/hold"))
                    .POST(BodyPublishers.ofByteArray(new byte[Request.MAX_BODY_BYTES])).build();
            Future<?>[] answers = new Future<?>[4];
            for (int i = 0; i < answers.length; i++) {
                answers[i] = client.sendAsync(large, BodyHandlers.ofString());
            }
            held.await();
            HttpResponse<String> refused = client.send(large, BodyHandlers.ofString());
            end.countDown();
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
            for (Future<?> answer : answers) {
                assertThat(answer.get()).isInstanceOfSatisfying(HttpResponse.class,
                        response -> assertThat(response.statusCode()).isEqualTo(200));
            }
            assertThat(client.send(large, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
        }
    }

    /** More bytes are announced than all bodies may have, and none of them comes. */
    @Test
    void whatIsOnlyAnnounced_holdsNothing() throws Exception {
        CountDownLatch begun = new CountDownLatch(ANNOUNCERS);
        Routes routes = new Routes().add("POST", "/announced", request -> {
            begun.countDown();
            return readAll(request);
        }).add("POST", "/sent", WebServerTest::readAll);
        try (WebServer reading = WebServer.start(anyPort(), routes)) {
            List<Socket> idle = new ArrayList<>();
            try {
                for (int i = 0; i < ANNOUNCERS; i++) {
                    idle.add(announce(reading.port()));
                }
                begun.await();
                HttpRequest sent = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + reading.port() + "/sent"))
                        .POST(BodyPublishers.ofByteArray(new byte[Request.MAX_BODY_BYTES])).build();
                assertThat(client.send(sent, BodyHandlers.ofString()).body()).isEqualTo("16777216");
            } finally {
                for (Socket socket : idle) {
                    socket.close();
                }
            }
        }
    }

    private static Reply readAll(Request request) throws HttpError, IOException {
        return Reply.json(JsonNodeFactory.instance.numberNode(request.body(Request.MAX_BODY_BYTES).length));
    }

    /** A request of which nothing but the head is sent. */
    private static Socket announce(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.getOutputStream().write(("POST /announced HTTP/1.1\r\nHost: x\r\nContent-Length: "
                + Request.MAX_BODY_BYTES + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        return socket;
    }
}
