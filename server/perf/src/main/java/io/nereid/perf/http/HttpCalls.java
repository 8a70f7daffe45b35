package io.nereid.perf.http;

import io.nereid.perf.call.ServerCalls;
import io.nereid.perf.json.JsonObject;
import io.nereid.perf.network.Endpoint;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Asks by HTTP, by a connection for each question. Thread-safe. */
public final class HttpCalls implements ServerCalls {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final Endpoint server;
    private final String host;
    private final String version;
    private final String headers;

    /**
     * Of a server without TLS.
     *
     * @param server resolved
     * @param host the server as the user names it
     * @param version of the model that is asked for; the server's choice if empty
     * @param headers that every request has beside its own, each with its line end
     */
    public HttpCalls(InetSocketAddress server, String host, String version, String headers) {
        this(Endpoint.plain(server), host, version, headers);
    }

    /** Of that server, with the same. */
    public HttpCalls(Endpoint server, String host, String version, String headers) {
        this.server = server;
        this.host = host;
        this.version = version;
        this.headers = headers;
    }

    @Override
    public JsonObject serverMetadata() throws IOException {
        return JsonObject.parse(ask("GET", "/v2", ""));
    }

    @Override
    public JsonObject modelMetadata(String model) throws IOException {
        return JsonObject.parse(ask("GET", path(model, version), ""));
    }

    @Override
    public JsonObject configuration(String model) throws IOException {
        return JsonObject.parse(ask("GET", path(model, "") + "/config", ""));
    }

    @Override
    public JsonObject statistics(String model) throws IOException {
        return JsonObject.parse(ask("GET", path(model, "") + "/stats", ""));
    }

    /** Of a model, and of one of its versions unless that is empty. */
    static String path(String model, String version) {
        return "/v2/models/" + encoded(model) + (version.isEmpty() ? "" : "/versions/" + encoded(version));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public void registerSharedMemory(String region, String key, long byteSize) throws IOException {
        ask("POST", "/v2/systemsharedmemory/region/" + encoded(region) + "/register",
                "{\"key\":\"" + key + "\",\"offset\":0,\"byte_size\":" + byteSize + "}");
    }

    @Override
    public void unregisterSharedMemory(String region) throws IOException {
        ask("POST", "/v2/systemsharedmemory/region/" + encoded(region) + "/unregister", "");
    }

    /** Whether it says that it is ready; not if it cannot be reached or does not answer in time. */
    public boolean isReady(Duration timeout) {
        try {
            ask("GET", "/v2/health/ready", "", timeout);
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    /** Has it load a model as its repository now has it, in the place of what is loaded. */
    public void load(String model, Duration timeout) throws IOException {
        ask("POST", "/v2/repository/models/" + encoded(model) + "/load", "{}", timeout);
    }

    /**
     * Sends a request as a load would and returns the body of its answer.
     *
     * @param request whole, with its head
     */
    public byte[] infer(ByteBuffer request) throws IOException {
        byte[] bytes = new byte[request.remaining()];
        request.duplicate().get(bytes);
        return exchange(bytes, TIMEOUT);
    }

    private byte[] ask(String method, String path, String body) throws IOException {
        return ask(method, path, body, TIMEOUT);
    }

    private byte[] ask(String method, String path, String body, Duration timeout) throws IOException {
        int length = body.getBytes(StandardCharsets.UTF_8).length;
        String request = method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers
                + "Connection: close\r\nContent-Length: " + length + "\r\n\r\n" + body;
        return exchange(request.getBytes(StandardCharsets.UTF_8), timeout);
    }

    private byte[] exchange(byte[] request, Duration timeout) throws IOException {
        int millis = Math.toIntExact(timeout.toMillis());
        try (Socket socket = server.connect(millis)) {
            socket.getOutputStream().write(request);
            return WholeAnswer.read(socket.getInputStream()).goodBody();
        }
    }
}
