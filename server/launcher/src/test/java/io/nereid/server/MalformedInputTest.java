package io.nereid.server;

import io.nereid.inference.Await;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.model.control.TestRepository;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A whole server and clients that send it broken requests: each gets an error or a close, nobody else notices, and
 * nothing is left behind. The leak detector of Netty fails the test if a buffer is.
 */
class MalformedInputTest {
    private static final long SEED = 20261122;
    /** Side by side, since many a broken request takes the whole patience, and the server has nothing to do meanwhile. */
    private static final int CLIENTS = 12;
    private static final int MUTATIONS_PER_CLIENT = 1_000;
    private static final int CHECK_EVERY = 250;
    /** After this long without an answer the server is taken to wait for more bytes. */
    private static final int PATIENCE_MILLIS = 20;
    private static final int HANG_MILLIS = 20_000;

    @TempDir
    private Path directory;

    @Test
    void mutatedRequests_always_answeredOrClosedAndNothingIsLeft() throws Exception {
        TestRepository repository = new TestRepository(directory).withIdentity("fp32", "TYPE_FP32", "-1", "")
                .withIdentity("text", "TYPE_STRING", "-1", "").withIdentity("bools", "TYPE_BOOL", "2, -1", "");
        ServerConfig config = ServerConfig.of(repository.root())
                .withGrpc(GrpcConfig.DEFAULT.withEnabled(false))
                .withHttp(HttpConfig.DEFAULT.withAddress("127.0.0.1").withPort(0));
        try (ModelServer server = ModelServer.start(config)) {
            runClients(server);
            assertGoodRequestIsServed(server);
            awaitNothingInUse(server);
        }
    }

    private static void runClients(ModelServer server) throws Exception {
        try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            List<Future<?>> running = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                long seed = SEED + client;
                running.add(clients.submit(() -> {
                    sendMutations(server, seed);
                    return null;
                }));
            }
            for (Future<?> client : running) {
                client.get();
            }
        }
    }

    private static void sendMutations(ModelServer server, long seed) throws IOException {
        Random random = new Random(seed);
        for (int i = 0; i < MUTATIONS_PER_CLIENT; i++) {
            byte[] request = RequestMutation.of(ValidRequests.any(random), random);
            String answer = exchange(server.httpPort(), request, PATIENCE_MILLIS);
            assertThat(answer).as("mutation %d of seed %d", i, seed)
                    .matches(text -> text.isEmpty() || text.startsWith("HTTP/1.1 "));
            if (i % CHECK_EVERY == 0) {
                assertGoodRequestIsServed(server);
            }
        }
    }

    private static void assertGoodRequestIsServed(ModelServer server) throws IOException {
        assertThat(exchange(server.httpPort(), ValidRequests.json(), HANG_MILLIS)).startsWith("HTTP/1.1 200 OK")
                .contains("\"data\":[1.5,-2.0]");
    }

    /**
     * Everything that was received is released when the last connection is closed, which the loops do in their time.
     */
    private static void awaitNothingInUse(ModelServer server) {
        Await.until(() -> server.memory().bytesInUse() == 0 && server.admission().requests() == 0
                && server.admission().bytes() == 0);
    }

    /** What the server says before it closes, or one whole answer; fails if it does neither. */
    private static String exchange(int port, byte[] request, int patienceMillis) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            socket.getOutputStream().write(request);
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            if (!readWhole(socket, answer, patienceMillis)) {
                socket.shutdownOutput();
                assertThat(readWhole(socket, answer, HANG_MILLIS)).as("the server hangs").isTrue();
            }
            return answer.toString(StandardCharsets.ISO_8859_1);
        } catch (SocketException e) {
            return ""; // it closed while we were still writing
        }
    }

    /** Reads until the answer is complete or the connection is closed; false if neither happens in that time. */
    private static boolean readWhole(Socket socket, ByteArrayOutputStream answer, int millis) throws IOException {
        socket.setSoTimeout(millis);
        InputStream in = socket.getInputStream();
        byte[] step = new byte[8192];
        try {
            while (!isComplete(answer.toString(StandardCharsets.ISO_8859_1))) {
                int count = in.read(step);
                if (count < 0) {
                    return true;
                }
                answer.write(step, 0, count);
            }
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    private static boolean isComplete(String answer) {
        int head = answer.indexOf("\r\n\r\n");
        if (head < 0 || answer.startsWith("HTTP/1.1 100")) {
            return false;
        }
        int length = answer.indexOf("Content-Length: ");
        if (length < 0 || length > head) {
            return answer.endsWith("0\r\n\r\n");
        }
        int end = answer.indexOf("\r\n", length);
        return answer.length() >= head + 4 + Integer.parseInt(answer.substring(length + 16, end));
    }
}
