package io.nereid.bench.load.batching;

import io.nereid.bench.load.MarkdownTable;
import io.nereid.bench.load.client.ClosedLoop;
import io.nereid.bench.load.client.ClosedLoopReport;
import io.nereid.bench.load.client.Latencies;
import io.nereid.bench.load.client.OpenLoop;
import io.nereid.bench.load.client.OpenLoopReport;
import io.nereid.bench.load.client.PoissonArrivals;
import io.nereid.bench.load.server.BatchSizes;
import io.nereid.bench.load.server.ServerProcess;
import io.nereid.bench.load.server.UsageCourse;
import io.nereid.bench.load.server.UsageProbe;
import io.nereid.bench.load.server.UsageWatch;

import java.io.IOException;
import java.util.Optional;

/** Requests that come whatever the server does, each model with and without dynamic batching. */
final class OpenLoopScenario {
    private static final int CAPACITY_CLIENTS = 4 * BatchedModel.MAX_BATCH_SIZE;
    private static final MarkdownTable TABLE = new MarkdownTable("model", "capacity /s", "offered /s", "goodput /s",
            "goodput / capacity", "p50 ms", "p99 ms", "refused by status", "late", "broken", "mean batch",
            "resident MiB: start, quarter, max, end", "heap MiB: start, quarter, max, end");

    private final ServerProcess server;
    private final BatchingOptions options;

    OpenLoopScenario(ServerProcess server, BatchingOptions options) {
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
    private double capacity(BatchedModel model, boolean batching) throws InterruptedException {
        ClosedLoop loop = new ClosedLoop(server.port(), model.request(batching));
        loop.run(CAPACITY_CLIENTS, Math.max(1, options.warmupSeconds()));
        ClosedLoopReport report = loop.run(CAPACITY_CLIENTS, Math.max(1, options.warmupSeconds()));
        return report.perSecond();
    }

    private void measure(BatchedModel model, boolean batching, double capacity, UsageProbe probe)
            throws IOException, InterruptedException {
        OpenLoopOptions open = options.openLoop();
        double rate = open.arrivalsPerSecond(capacity);
        BatchSizes before = server.batchSizes(model.name(batching));
        try (UsageWatch watch = UsageWatch.start(probe)) {
            OpenLoopReport report = OpenLoop.run(server.port(), model.request(batching),
                    new PoissonArrivals(open.seed(), rate), options.seconds(), open.deadlineMillis(), open.clients());
            UsageCourse usage = watch.stop();
            BatchSizes batches = server.batchSizes(model.name(batching)).since(before);
            System.out.print(row(model.name(batching), capacity, report, usage, batches));
        }
    }

    static String row(String model, double capacity, OpenLoopReport report, UsageCourse usage, BatchSizes batches) {
        Latencies latencies = report.latencies();
        Optional<String> refused = report.refused().entrySet().stream()
                .map(entry -> entry.getKey() + ": " + entry.getValue()).reduce((one, other) -> one + ", " + other);
        return TABLE.row(model, MarkdownTable.number(capacity), MarkdownTable.number(report.offeredPerSecond()),
                MarkdownTable.number(report.goodputPerSecond()),
                "%.0f %%".formatted(100 * report.goodputPerSecond() / capacity),
                MarkdownTable.millis(latencies.percentileNanos(50)),
                MarkdownTable.millis(latencies.percentileNanos(99)),
                refused.orElse("-"), report.late(), report.broken(), MarkdownTable.number(batches.mean()),
                course(usage.residentBytes()), course(usage.heapBytes()));
    }

    private static String course(UsageCourse.Figure figure) {
        return String.join(", ", MarkdownTable.mebibytes(figure.start()), MarkdownTable.mebibytes(figure.quarter()),
                MarkdownTable.mebibytes(figure.max()), MarkdownTable.mebibytes(figure.end()));
    }
}
