package io.nereid.bench.load.soak;

import io.nereid.bench.load.InferRequestBody;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Clients that do what goes wrong in practice, each on a thread of its own until they are closed: three leave before
 * their answer, or in the middle of their request; three send what is no good request; one loads and unloads a model;
 * one changes the instances of a model that others use.
 */
final class BadClients implements AutoCloseable {
    private static final int LEAVERS = 3;
    private static final int TALKERS = 3;
    private static final int LONGEST_STAY_MILLIS = 30;
    private static final int PAUSE_MILLIS = 5;
    private static final int PAUSE_OF_LOADS_MILLIS = 300;
    private static final int LOADS_ARE_RARER = 20;
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final List<String> RUBBISH = List.of("{", "[]", "{\"inputs\":7}", "{\"inputs\":[{}]}",
            "{\"inputs\":[{\"name\":\"INPUT0\",\"shape\":[1,2],\"datatype\":\"FP32\",\"data\":[1]}]}",
            "{\"inputs\":[{\"name\":\"INPUT0\",\"shape\":[9,2],\"datatype\":\"FP32\",\"data\":[1,2]}]}",
            "{\"inputs\":[{\"name\":\"NOPE\",\"shape\":[1,1],\"datatype\":\"INT8\",\"data\":[\"x\"]}]}",
            "\u0000\u0001");

    private final int port;
    private final SoakRepository repository;
    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final LongAdder left = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder loads = new LongAdder();
    private final LongAdder surprises = new LongAdder();

    /** One turn of a client. */
    private interface Turn {
        void take(Random random) throws IOException, InterruptedException;
    }

    /**
     * Starts them against the server at this port of the loopback address.
     *
     * @param interval how much time lies between what each does, at least; loads and changes of instances, which cost most, come
     *            {@link #LOADS_ARE_RARER} times as seldom
     */
    BadClients(int port, SoakRepository repository, Duration interval) {
        this.port = port;
        this.repository = repository;
        byte[] whole = request(SoakRepository.SLOW, InferRequestBody.binary("INPUT0", "1,16384", "OUTPUT0"));
        long pause = Math.max(PAUSE_MILLIS, interval.toMillis());
        long pauseOfLoads = Math.max(PAUSE_OF_LOADS_MILLIS,
                LOADS_ARE_RARER * interval.toMillis());
        for (int i = 0; i < LEAVERS; i++) {
            start(i, pause, random -> leave(whole, random));
        }
        for (int i = 0; i < TALKERS; i++) {
            start(LEAVERS + i, pause, this::talkRubbish);
        }
        start(LEAVERS + TALKERS, pauseOfLoads, this::loadAndUnload);
        start(LEAVERS + TALKERS + 1, pauseOfLoads, this::changeInstances);
    }

    private static byte[] request(String model, InferRequestBody body) {
        StringBuilder head = new StringBuilder("POST /v2/models/" + model + "/infer HTTP/1.1\r\nHost: 127.0.0.1\r\n");
        body.headers().forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        head.append("Content-Length: ").append(body.bytes().length).append("\r\n\r\n");
        byte[] first = head.toString().getBytes(StandardCharsets.US_ASCII);
        byte[] bytes = new byte[first.length + body.bytes().length];
        System.arraycopy(first, 0, bytes, 0, first.length);
        System.arraycopy(body.bytes(), 0, bytes, first.length, body.bytes().length);
        return bytes;
    }

    private void start(long seed, long pauseMillis, Turn turn) {
        Random random = new Random(seed);
        threads.execute(() -> {
            try {
                while (!closing.await(pauseMillis, TimeUnit.MILLISECONDS)) {
                    turn.take(random);
                }
            } catch (IOException e) {
                System.err.println("a bad client could not go on: " + e);
                surprises.increment();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        });
    }

    @SuppressWarnings("AddressSelection") // the loopback address is one
    private void leave(byte[] whole, Random random) throws IOException, InterruptedException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            boolean all = random.nextBoolean();
            socket.getOutputStream().write(whole, 0, all ? whole.length : random.nextInt(whole.length));
            socket.getOutputStream().flush();
            boolean _ = closing.await(random.nextInt(LONGEST_STAY_MILLIS), TimeUnit.MILLISECONDS);
            if (random.nextBoolean()) {
                socket.setSoLinger(true, 0); // a reset in place of an orderly end
            }
        }
        left.increment();
    }

    @SuppressWarnings("AddressSelection") // the loopback address is one
    private void talkRubbish(Random random) throws IOException, InterruptedException {
        if (random.nextInt(10) == 0) {
            byte[] noise = new byte[1 + random.nextInt(200)];
            random.nextBytes(noise);
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                    InputStream in = socket.getInputStream()) {
                socket.setSoTimeout(1_000);
                socket.getOutputStream().write(noise);
                socket.shutdownOutput();
                in.readAllBytes();
            } catch (IOException _) {
                // a reset is as good an answer
            }
            refused.increment();
            return;
        }
        String model = random.nextInt(4) == 0 ? "nobody" : SoakRepository.IDENTITY;
        int status = post("/v2/models/" + model + "/infer", RUBBISH.get(random.nextInt(RUBBISH.size())));
        (status >= 400 ? refused : surprises).increment();
    }

    private void loadAndUnload(Random random) throws IOException, InterruptedException {
        expectGood(post("/v2/repository/models/" + SoakRepository.COMING_AND_GOING + "/load", ""));
        if (random.nextBoolean()) {
            boolean _ = closing.await(PAUSE_OF_LOADS_MILLIS, TimeUnit.MILLISECONDS);
        }
        expectGood(post("/v2/repository/models/" + SoakRepository.COMING_AND_GOING + "/unload", ""));
    }

    private void changeInstances(Random random) throws IOException, InterruptedException {
        repository.instances(1 + random.nextInt(3));
        expectGood(post("/v2/repository/models/" + SoakRepository.BATCHED + "/load", ""));
        int status = post("/v2/repository/models/" + SoakRepository.BATCHED + "/load",
                "{\"parameters\":{\"config\":\"{\"}}");
        (status >= 400 ? refused : surprises).increment();
    }

    private void expectGood(int status) {
        (status == 200 ? loads : surprises).increment();
    }

    private int post(String path, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).timeout(TIMEOUT)
                .POST(HttpRequest.BodyPublishers.ofString(body)).build();
        return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    /** How many requests were left before their end. */
    long left() {
        return left.sum();
    }

    /** How many bad requests were refused. */
    long refused() {
        return refused.sum();
    }

    /** How many loads and unloads succeeded. */
    long loads() {
        return loads.sum();
    }

    /** How often the server did not do what it should have: bad requests answered as good, loads that failed. */
    long surprises() {
        return surprises.sum();
    }

    @Override
    public void close() {
        closing.countDown();
        threads.close();
        client.close();
    }
}
