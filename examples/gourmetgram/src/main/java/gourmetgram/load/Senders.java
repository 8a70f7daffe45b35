package gourmetgram.load;

import gourmetgram.v2.Reasons;
import io.nereid.inference.NanoClock;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Sends one request again and again, and measures. Used by one thread. */
final class Senders implements AutoCloseable {
    private static final int NO_ANSWER = -1;

    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final HttpRequest request;
    private final NanoClock clock;
    private final CpuClock cpu;

    Senders(HttpRequest request, NanoClock clock, CpuClock cpu) {
        this.request = request;
        this.clock = clock;
        this.cpu = cpu;
    }

    /** Sends so many requests, which blocks until all are answered. */
    Measurement run(int senders, int requests) {
        long[] nanos = new long[requests];
        AtomicInteger next = new AtomicInteger();
        Queue<String> failures = new ConcurrentLinkedQueue<>();
        Duration computed = cpu.time();
        long start = clock.nanoTime();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < senders; i++) {
                threads.submit(() -> {
                    for (int at = next.getAndIncrement(); at < requests; at = next.getAndIncrement()) {
                        nanos[at] = send(failures);
                    }
                });
            }
        }
        long all = clock.nanoTime() - start;
        Latencies latencies = new Latencies(Arrays.stream(nanos).filter(time -> time != NO_ANSWER).toArray());
        return new Measurement(senders, latencies, all, cpu.time().minus(computed).toNanos(), failures.size(),
                failures.peek());
    }

    /** How long the answer took; {@link #NO_ANSWER} if it was none, which is noted. */
    private long send(Queue<String> failures) {
        long start = clock.nanoTime();
        try {
            HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
            long end = clock.nanoTime();
            if (response.statusCode() == 200) {
                return end - start;
            }
            failures.add("status " + response.statusCode() + ": " + response.body());
        } catch (IOException e) {
            failures.add(Reasons.of(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failures.add("interrupted");
        }
        return NO_ANSWER;
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
