import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;

/**
 * What clients of HTTP send: large and small, as JSON and as bytes, good and bad, on connections kept, closed and left.
 */
final class HttpTraffic {
    private static final int SMALL = 16;
    private static final int LARGE = 150_528;
    private static final String IDENTITY = "/v2/models/identity/infer";
    private static final String BATCHED = "/v2/models/batched/infer";
    private static final String SLOW = "/v2/models/slow/infer";
    private static final String FOOD = "/v2/models/food_classifier_onnx/infer";

    private final int port;
    private final int metricsPort;

    HttpTraffic(int port, int metricsPort) {
        this.port = port;
        this.metricsPort = metricsPort;
    }

    List<Training.Kind> kinds() {
        return List.of(
                kind("small tensors over HTTP", 5, 8, 200, post(IDENTITY, binary(SMALL), "")),
                kind("large tensors over HTTP", 4, 4, 200, post(IDENTITY, binary(LARGE), "")),
                kind("batches over HTTP", 2, 8, 200, post(BATCHED, binary(SMALL), "")),
                kind("small JSON", 2, 4, 200, post(IDENTITY, json(SMALL), "")),
                kind("large JSON", 2, 2, 200, post(IDENTITY, json(LARGE), "")),
                kind("compressed JSON", 1, 2, 200, compressed()),
                kind("photographs", 4, 4, 200, post(FOOD, photograph(""), "")),
                kind("photographs for labels", 1, 2, 200, post(FOOD, photograph(",\"parameters\":{\"classification\":3}"),
                        "")),
                new Training.Kind("closed connections", 3, 4, () -> this::closing),
                new Training.Kind("connections left", 3, 4, () -> this::leaving),
                new Training.Kind("errors over HTTP", 2, 4, this::errors),
                new Training.Kind("questions over HTTP", 1, 2, this::questions),
                kind("metrics", 1, 1, metricsPort, 200, get("/metrics")),
                new Training.Kind("loads", 1, 1, this::loads));
    }

    private Training.Kind kind(String name, int share, int clients, int status, byte[] request) {
        return kind(name, share, clients, port, status, request);
    }

    /** A kind whose clients keep their connections. */
    private static Training.Kind kind(String name, int share, int clients, int port, int status, byte[] request) {
        return new Training.Kind(name, share, clients, () -> {
            Connection connection = new Connection(port);
            return new KeptConnection(connection, () -> connection.expect(status, request));
        });
    }

    private record KeptConnection(Connection connection, Turn turns) implements Training.Client {
        @Override
        public void turn() throws IOException {
            turns.take();
        }

        @Override
        public void close() {
            connection.close();
        }
    }

    private interface Turn {
        void take() throws IOException;
    }

    private void closing() throws IOException {
        for (String header : List.of("Connection: close\r\n", "")) {
            try (Connection connection = new Connection(port)) {
                connection.expect(200, post(IDENTITY, binary(SMALL), header));
            }
        }
        try (Connection connection = new Connection(port)) {
            connection.socket.setSoLinger(true, 0);
            connection.expect(200, post(IDENTITY, binary(SMALL), ""));
        }
        try (Connection connection = new Connection(port)) {
            connection.send("rubbish\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            connection.socket.shutdownOutput();
            connection.socket.getInputStream().readAllBytes();
        }
    }

    private void leaving() throws IOException {
        byte[] large = post(SLOW, binary(LARGE), "");
        for (int length : new int[]{0, 20, large.length / 2, large.length}) {
            for (boolean reset : new boolean[]{false, true}) {
                try (Connection connection = new Connection(port)) {
                    connection.socket.setSoLinger(reset, 0);
                    connection.socket.getOutputStream().write(large, 0, length);
                }
            }
        }
        try (Connection connection = new Connection(port)) {
            connection.send(post(IDENTITY, binary(LARGE), ""));
            connection.socket.getInputStream().read(); // and leaves the rest of the answer
        }
    }

    private Training.Client errors() throws IOException {
        Connection connection = new Connection(port);
        return new KeptConnection(connection, () -> {
            connection.expectRefusal(post("/v2/models/nobody/infer", binary(SMALL), ""));
            connection.expectRefusal(post(IDENTITY, new Body("{\"inputs\":[{\"name\":\"X\"", ""), ""));
            connection.expectRefusal(post(IDENTITY, new Body(head("INPUT0", "1,5", "\"data\":[1,2]", ""), ""), ""));
            connection.expectRefusal(post(IDENTITY, new Body(head("NOPE", "1,1", "\"data\":[1]", ""), ""), ""));
            connection.expectRefusal(get("/nowhere"));
        });
    }

    private Training.Client questions() throws IOException {
        Connection connection = new Connection(port);
        return new KeptConnection(connection, () -> {
            for (String path : List.of("/v2", "/v2/health/live", "/v2/health/ready", "/v2/models/identity",
                    "/v2/models/identity/ready", "/v2/models/identity/config", "/v2/models/identity/stats",
                    "/v2/models/stats")) {
                connection.expect(200, get(path));
            }
            connection.expect(200, post("/v2/repository/index", new Body("", ""), ""));
        });
    }

    private Training.Client loads() throws IOException {
        Connection connection = new Connection(port);
        return new KeptConnection(connection, () -> {
            connection.expect(200, post("/v2/repository/models/coming/load", new Body("", ""), ""));
            connection.expect(200, post("/v2/repository/models/coming/unload", new Body("", ""), ""));
        });
    }

    /** A request's JSON and what follows it. */
    private record Body(String json, byte[] tensor) {
        Body(String json, String none) {
            this(json, none.getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static String head(String input, String shape, String content, String outputs) {
        return "{\"id\":\"7\",\"inputs\":[{\"name\":\"" + input + "\",\"shape\":[" + shape
                + "],\"datatype\":\"FP32\"," + content + "}]" + outputs + "}";
    }

    private static Body binary(int elements) {
        return new Body(head("INPUT0", "1," + elements, binarySize(elements),
                ",\"outputs\":[{\"name\":\"OUTPUT0\",\"parameters\":{\"binary_data\":true}}]"),
                new byte[elements * Float.BYTES]);
    }

    private static Body photograph(String outputParameters) {
        return new Body(head("input", "1,3,224,224", binarySize(LARGE),
                ",\"outputs\":[{\"name\":\"output\"" + outputParameters + "}]"), new byte[LARGE * Float.BYTES]);
    }

    private static String binarySize(int elements) {
        return "\"parameters\":{\"binary_data_size\":" + elements * Float.BYTES + "}";
    }

    private static Body json(int elements) {
        return new Body(head("INPUT0", "1," + elements, "\"data\":[" + "0.25,-1.5e3,7,".repeat(elements / 3)
                + "1,".repeat(elements % 3) + "]", "").replace(",]", "]"), "");
    }

    private byte[] compressed() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(json(1_000).json().getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return post(IDENTITY, new Body("", bytes.toByteArray()), "Content-Encoding: gzip\r\nAccept-Encoding: gzip\r\n");
    }

    private static byte[] get(String path) {
        return ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] post(String path, Body body, String headers) {
        byte[] json = body.json.getBytes(StandardCharsets.US_ASCII);
        String length = json.length == 0 || body.tensor.length == 0 ? ""
                : "Inference-Header-Content-Length: " + json.length + "\r\n";
        byte[] head = ("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: training\r\nContent-Length: "
                + (json.length + body.tensor.length) + "\r\n" + length + headers + "\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(head);
        bytes.writeBytes(json);
        bytes.writeBytes(body.tensor);
        return bytes.toByteArray();
    }

    /** One connection; its answers have a Content-Length. */
    private static final class Connection implements AutoCloseable {
        private final Socket socket;
        private final byte[] buffer = new byte[1 << 16];

        Connection(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setTcpNoDelay(true);
        }

        void send(byte[] request) throws IOException {
            socket.getOutputStream().write(request);
        }

        void expect(int status, byte[] request) throws IOException {
            int got = ask(request);
            if (got != status) {
                throw new IOException("expected status " + status + ", got " + got);
            }
        }

        void expectRefusal(byte[] request) throws IOException {
            int got = ask(request);
            if (got < 400) {
                throw new IOException("expected a refusal, got " + got);
            }
        }

        /** The status of the answer, which has been read. */
        private int ask(byte[] request) throws IOException {
            send(request);
            InputStream in = socket.getInputStream();
            int filled = 0;
            int end = -1;
            while (end < 0) {
                int count = in.read(buffer, filled, buffer.length - filled);
                if (count <= 0) {
                    throw new IOException("no answer");
                }
                filled += count;
                end = new String(buffer, 0, filled, StandardCharsets.ISO_8859_1).indexOf("\r\n\r\n");
            }
            String head = new String(buffer, 0, end + 2, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
            int at = head.indexOf("\r\ncontent-length: ") + "\r\ncontent-length: ".length();
            long left = Long.parseLong(head.substring(at, head.indexOf('\r', at)).strip()) - (filled - end - 4);
            while (left > 0) {
                left -= in.read(buffer, 0, (int) Math.min(left, buffer.length));
            }
            return Integer.parseInt(head, "http/1.1 ".length(), "http/1.1 200".length(), 10);
        }

        @Override
        public void close() {
            try {
                socket.close();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
