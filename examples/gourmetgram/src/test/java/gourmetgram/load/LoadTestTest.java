package gourmetgram.load;

import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

class LoadTestTest {
    private static final LoadPlan PLAN = new LoadPlan(3, 5, 20, 4);
    private static final byte[] PHOTOGRAPH = {'h', 'i'};

    private final AtomicInteger status = new AtomicInteger(200);
    private final Queue<String> received = new ConcurrentLinkedQueue<>();
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            received.add(exchange.getRequestURI() + " "
                    + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            byte[] answer = "{}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status.get(), answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private LoadTest test() {
        return LoadTest.ofRunning(PLAN, PHOTOGRAPH, progress());
    }

    private PrintStream progress() {
        return new PrintStream(said, true, StandardCharsets.UTF_8);
    }

    private URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    }

    @Test
    void everyRequestOfThePlan_isSentAndCounted() {
        LoadTest test = test();
        test.service("it", address());
        assertThat(received).hasSize(3 + 5 + 20).containsOnly("/predict {\"image\":\"aGk=\"}");
        assertThat(test.hasFailed()).isFalse();
        String[] lines = test.table().split("\n", -1);
        assertThat(lines[0]).matches("\\| what answers \\| senders \\| requests \\| median +\\| 95th percentile "
                + "\\| 99th percentile \\| throughput +\\|");
        assertThat(lines[1]).matches("(\\| -+ )+\\|");
        assertThat(lines[2]).matches("\\| it +\\| 1 +\\| 5 +\\| \\d+\\.\\d{4} ms +\\| .*requests/sec +\\|");
        assertThat(lines[3]).startsWith("| it           | 4       | 20       | ");
    }

    @Test
    void aModelServer_isAskedByItsProtocol() {
        test().modelServer("it", address(), CpuClock.UNKNOWN);
        assertThat(received).containsOnly("/v2/models/food_classifier/infer {\"inputs\":[{\"name\":\"INPUT_IMAGE\","
                + "\"datatype\":\"BYTES\",\"shape\":[1,1],\"data\":[\"aGk=\"]}]}");
    }

    /** A clock that has gone on by 200 ms each time that it is read. */
    @Test
    void timeThatProcessesCompute_isDividedByTheRequests() {
        AtomicInteger readings = new AtomicInteger();
        LoadTest test = LoadTest.ofStarted(PLAN, PHOTOGRAPH, progress());
        test.service("it", address(), () -> Duration.ofMillis(200L * readings.getAndIncrement()));
        String[] lines = test.table().split("\n", -1);
        assertThat(lines[0]).endsWith("| CPU per request |");
        assertThat(lines[2]).endsWith("| 40.0 ms         |");
        assertThat(lines[3]).endsWith("| 10.0 ms         |");
    }

    @Test
    void answersThatAreErrors_areCountedApart() {
        status.set(503);
        LoadTest test = test();
        test.service("it", address());
        assertThat(test.hasFailed()).isTrue();
        assertThat(said.toString(StandardCharsets.UTF_8))
                .contains("20 of 20 requests failed, one of them: status 503: {}");
        assertThat(test.table()).contains("| it           | 4       | 0        | NaN ms");
    }
}
