package io.nereid.bench.load.protocols;

import io.nereid.bench.load.InferRequestBody;
import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.client.ClosedLoop;
import io.nereid.bench.load.client.ClosedLoopReport;
import io.nereid.bench.load.client.InferRequest;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;

/** Over HTTP: a thread and a connection for each client. */
final class HttpTraffic implements Traffic {
    private final int port;
    private final Requests requests;

    HttpTraffic(int port, Requests requests) {
        this.port = port;
        this.requests = requests;
    }

    @Override
    public byte[] askOnce() throws IOException, InterruptedException, LoadException {
        InferRequestBody body = requests.http(0);
        HttpRequest.Builder request = HttpRequest
                .newBuilder(URI.create("http://127.0.0.1:" + port + "/v2/models/" + Requests.MODEL + "/infer"))
                .POST(BodyPublishers.ofByteArray(body.bytes()));
        body.headers().forEach(request::header);
        try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            HttpResponse<byte[]> answer = client.send(request.build(), BodyHandlers.ofByteArray());
            if (answer.statusCode() != 200) {
                throw new LoadException("status " + answer.statusCode() + ", "
                        + new String(answer.body(), StandardCharsets.UTF_8));
            }
            return answer.body();
        }
    }

    @Override
    public ClosedLoopReport run(int clients, int seconds) throws InterruptedException, LoadException {
        ClosedLoopReport report = new ClosedLoop(port, this::request).run(clients, seconds);
        if (report.errors() > 0) {
            throw new LoadException(report.errors() + " requests over HTTP failed");
        }
        return report;
    }

    private InferRequest request(int client) {
        InferRequestBody body = requests.http(client);
        return InferRequest.of(Requests.MODEL, body.headers(), body.bytes());
    }

    @Override
    public void close() {
        // every run closes its own connections
    }
}
