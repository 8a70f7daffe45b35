package io.nereid.bench.load.batching;

import io.nereid.bench.load.ClosedLoop;
import io.nereid.bench.load.LoadReport;
import io.nereid.bench.load.MarkdownTable;
import io.nereid.bench.load.server.BatchSizes;
import io.nereid.bench.load.server.MeasuredServer;
import io.nereid.bench.load.server.UsageCourse;
import io.nereid.bench.load.server.UsageProbe;
import io.nereid.bench.load.server.UsageWatch;
import io.nereid.perf.client.Arrivals;
import io.nereid.perf.client.ClientOptions;
import io.nereid.perf.client.Failures;
import io.nereid.perf.client.Latencies;
import io.nereid.perf.client.LoadGenerator;
import io.nereid.perf.client.PoissonArrivals;
import io.nereid.perf.client.RequestBudget;
import io.nereid.perf.client.Transport;
import io.nereid.perf.http.HttpTransport;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Requests that come whatever the server does, each model with and without dynamic batching. */
final class OpenLoopScenario {
    private static final int CAPACITY_CLIENTS = 4 * BatchedModel.MAX_BATCH_SIZE;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final int SLACK_SECONDS = 30;
    private static final MarkdownTable TABLE = new MarkdownTable("model", "capacity /s", "offered /s", "goodput /s",
            "goodput / capacity", "p50 ms", "p99 ms", "refused by status", "late", "broken", "mean batch",
            "resident MiB: start, quarter, max, end", "heap MiB: start, quarter, max, end");

    private final MeasuredServer server;
    private final BatchingOptions options;

    OpenLoopScenario(MeasuredServer server, BatchingOptions options) {
        this.server = server;
        this.options = options;
    }

    static String header() {
        return TABLE.header();
    }

    /** Measures the capacity of both first; it is the warm-up too. */
    void run(BatchedModel model) throws IOException, InterruptedException {
        double plain = capacity(model, false);
        double batching = capacity(model, true);
        try (UsageProbe probe = server.probe()) {
            measure(model, false, plain, probe);
            measure(model, true, options.openLoop().ownCapacity() ? batching : plain, probe);
        }
    }

    /** Good answers a second to more clients than two batches hold. */
    private double capacity(BatchedModel model, boolean batching) throws IOException, InterruptedException {
        ClosedLoop loop = new ClosedLoop(transport(model, batching));
        loop.run(CAPACITY_CLIENTS, Math.max(1, options.warmupSeconds()));
        return loop.run(CAPACITY_CLIENTS, Math.max(1, options.warmupSeconds())).perSecond();
    }

    private Transport transport(BatchedModel model, boolean batching) {
        return new HttpTransport(server.address(), List.of(model.request(batching)));
    }

    private void measure(BatchedModel model, boolean batching, double capacity, UsageProbe probe)
            throws IOException, InterruptedException {
        BatchSizes before = server.batchSizes(model.name(batching));
        try (UsageWatch watch = UsageWatch.start(probe)) {
            LoadReport report = load(model, batching, options.openLoop().arrivalsPerSecond(capacity));
            UsageCourse usage = watch.stop();
            BatchSizes batches = server.batchSizes(model.name(batching)).since(before);
            System.out.print(row(model.name(batching), capacity, report, usage, batches));
        }
    }

    /** Sends what arrives in the time, and waits until the last of it is answered or given up. */
    private LoadReport load(BatchedModel model, boolean batching, double perSecond)
            throws IOException, InterruptedException {
        OpenLoopOptions open = options.openLoop();
        ClientOptions clients = ClientOptions.DEFAULT.withTimeout(Duration.ofMillis(open.deadlineMillis()));
        RequestBudget budget = RequestBudget
                .of(arrivals(new PoissonArrivals(open.seed(), perSecond), options.seconds()));
        try (LoadGenerator load = LoadGenerator.openLoop(transport(model, batching),
                _ -> new PoissonArrivals(open.seed(), perSecond), 1, open.clients(), clients, budget)) {
            Duration longest = Duration.ofSeconds(options.seconds() + SLACK_SECONDS).plusMillis(open.deadlineMillis());
            if (!load.awaitEnd(longest.toNanos())) {
                throw new IOException("the load did not end in time");
            }
            return new LoadReport(load.take(), options.seconds());
        }
    }

    /** How many there are in so many seconds. */
    static long arrivals(Arrivals moments, int seconds) {
        long count = 0;
        while (moments.nextNanos() < seconds * NANOS_PER_SECOND) {
            count++;
        }
        return count;
    }

    static String row(String model, double capacity, LoadReport report, UsageCourse usage, BatchSizes batches) {
        Latencies latencies = report.latencies();
        Failures failures = report.failures();
        Optional<String> refused = failures.refused().entrySet().stream()
                .map(entry -> entry.getKey().replace("HTTP ", "") + ": " + entry.getValue())
                .reduce((one, other) -> one + ", " + other);
        return TABLE.row(model, MarkdownTable.number(capacity), MarkdownTable.number(report.offeredPerSecond()),
                MarkdownTable.number(report.perSecond()),
                "%.0f %%".formatted(100 * report.perSecond() / capacity),
                MarkdownTable.millis(latencies.percentileNanos(50)),
                MarkdownTable.millis(latencies.percentileNanos(99)),
                refused.orElse("-"), failures.timedOut(), failures.broken(), MarkdownTable.number(batches.mean()),
                course(usage.residentBytes()), course(usage.heapBytes()));
    }

    private static String course(UsageCourse.Figure figure) {
        return String.join(", ", MarkdownTable.mebibytes(figure.start()), MarkdownTable.mebibytes(figure.quarter()),
                MarkdownTable.mebibytes(figure.max()), MarkdownTable.mebibytes(figure.end()));
    }
}
