package io.nereid.bench.load;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;

/** Asks once before the load begins: figures of wrong answers would be worth nothing. */
final class FirstAnswer {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final int port;

    FirstAnswer(int port) {
        this.port = port;
    }

    /** Refuses an error answer, and an answer of a model that repeats its input which does not. */
    void check(Scenario scenario, Load load) throws IOException, InterruptedException, LoadException {
        HttpRequest.Builder request = HttpRequest
                .newBuilder(URI.create("http://127.0.0.1:" + port + load.paths().getFirst()))
                .timeout(TIMEOUT).POST(BodyPublishers.ofFile(load.body()));
        load.headers().forEach(request::header);
        HttpResponse<byte[]> answer;
        try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            answer = client.send(request.build(), BodyHandlers.ofByteArray());
        }
        if (answer.statusCode() != 200) {
            throw new LoadException("scenario '" + load.name() + "': status " + answer.statusCode() + ", "
                    + new String(answer.body(), StandardCharsets.UTF_8));
        }
        if (scenario != Scenario.FOOD && scenario.encoding() == Scenario.Encoding.BINARY) {
            checkRepeated(load, answer.body(), scenario.elements() * Float.BYTES);
        }
    }

    private static void checkRepeated(Load load, byte[] answer, int bytes) throws IOException, LoadException {
        byte[] sent = Files.readAllBytes(load.body());
        if (answer.length < bytes || !Arrays.equals(sent, sent.length - bytes, sent.length, answer,
                answer.length - bytes, answer.length)) {
            throw new LoadException("scenario '" + load.name() + "': the model did not repeat its input");
        }
    }
}
