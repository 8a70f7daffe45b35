package io.nereid.bench.load;

import io.nereid.perf.client.AnswersByClient;
import io.nereid.perf.client.ClientOptions;
import io.nereid.perf.client.Latencies;
import io.nereid.perf.client.LoadGenerator;
import io.nereid.perf.client.RequestBudget;
import io.nereid.perf.client.Sample;
import io.nereid.perf.client.Transport;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Clients that each send their own request again when it was answered, and wait half a minute for an answer. */
public final class ClosedLoop {
    private static final double NANOS_PER_SECOND = 1e9;
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final ClientOptions CLIENTS = ClientOptions.DEFAULT.withTimeout(TIMEOUT)
            .withOrder(ClientOptions.RequestOrder.BY_CLIENT);

    private final Transport transport;
    private final int maxThreads;
    private final ClientOptions options;

    private ClosedLoop(Transport transport, int maxThreads, ClientOptions options) {
        this.transport = transport;
        this.maxThreads = maxThreads;
        this.options = options;
    }

    /** The first client sends the first of the transport's requests, and so on, over and over. */
    public ClosedLoop(Transport transport) {
        this(transport, LoadGenerator.usualThreads(), CLIENTS);
    }

    /** The same with no more threads than these. */
    public ClosedLoop withMaxThreads(int threads) {
        return new ClosedLoop(transport, Math.min(threads, maxThreads), options);
    }

    /** The same with clients that send no more often than this. */
    public ClosedLoop withInterval(Duration interval) {
        return new ClosedLoop(transport, maxThreads, options.withInterval(interval));
    }

    /** Starts so many clients; who closes the load ends them. */
    public LoadGenerator start(int clients) throws IOException {
        return LoadGenerator.closedLoop(transport, clients, maxThreads, options, RequestBudget.unlimited());
    }

    /** Runs so many clients for so long, which blocks. An answer counts if it was there before the time was over. */
    public LoadReport run(int clients, int seconds) throws IOException, InterruptedException {
        return run(List.of(start(clients)), seconds);
    }

    /** Lets these loads, which have just begun, run for so long and ends them; what they saw together. */
    public static LoadReport run(List<LoadGenerator> loads, int seconds) throws InterruptedException {
        long startNanos = System.nanoTime();
        List<Sample> samples = new ArrayList<>();
        double took;
        try {
            Thread.sleep(Duration.ofSeconds(seconds));
            took = (System.nanoTime() - startNanos) / NANOS_PER_SECOND;
            loads.forEach(load -> samples.add(load.take()));
        } finally {
            loads.forEach(LoadGenerator::close);
        }
        loads.forEach(load -> samples.add(failuresOf(load.take())));
        return new LoadReport(Sample.merged(samples), took);
    }

    /** Of requests that ended after the time was over. */
    private static Sample failuresOf(Sample rest) {
        return new Sample(Latencies.NONE, 0, rest.failures(), rest.errorTexts(), rest.late(), AnswersByClient.NONE);
    }
}
