package io.nereid.bench.load.batching;

import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.MarkdownTable;
import io.nereid.bench.load.client.ClosedLoop;
import io.nereid.bench.load.client.ClosedLoopReport;
import io.nereid.bench.load.client.Latencies;
import io.nereid.bench.load.server.BatchSizes;
import io.nereid.bench.load.server.ServerProcess;
import io.nereid.bench.load.server.Usage;
import io.nereid.bench.load.server.UsageProbe;

import java.io.IOException;

/** Clients in a closed loop, each model with and without dynamic batching. */
final class ClosedLoopScenario {
    private static final double NANOS_PER_MICRO = 1000;
    private static final MarkdownTable TABLE = new MarkdownTable("model", "clients", "requests/s", "p50 ms", "p99 ms",
            "CPU us/request", "fewest / most answers of a client", "errors", "mean batch", "batch sizes");

    private final ServerProcess server;
    private final BatchingOptions options;

    ClosedLoopScenario(ServerProcess server, BatchingOptions options) {
        this.server = server;
        this.options = options;
    }

    static String header() {
        return TABLE.header();
    }

    void run(BatchedModel model) throws IOException, InterruptedException, LoadException {
        try (UsageProbe probe = server.probe()) {
            for (boolean batching : new boolean[]{false, true}) {
                ClosedLoop loop = new ClosedLoop(server.port(), model.request(batching));
                warmUp(loop);
                for (int clients : options.concurrencies()) {
                    System.out.print(measure(loop, model.name(batching), clients, probe));
                }
            }
        }
    }

    private void warmUp(ClosedLoop loop) throws InterruptedException {
        if (options.warmupSeconds() > 0) {
            loop.run(options.concurrencies().getLast(), options.warmupSeconds());
        }
    }

    private String measure(ClosedLoop loop, String model, int clients, UsageProbe probe)
            throws IOException, InterruptedException, LoadException {
        BatchSizes before = server.batchSizes(model);
        Usage usageBefore = probe.read();
        ClosedLoopReport report = loop.run(clients, options.seconds());
        long cpuNanos = probe.read().cpuNanos() - usageBefore.cpuNanos();
        BatchSizes batches = server.batchSizes(model).since(before);
        Latencies latencies = report.latencies();
        if (latencies.count() == 0) {
            throw new LoadException("model '" + model + "': no request was answered");
        }
        return TABLE.row(model, clients, MarkdownTable.number(report.perSecond()),
                MarkdownTable.millis(latencies.percentileNanos(50)),
                MarkdownTable.millis(latencies.percentileNanos(99)),
                MarkdownTable.number(cpuNanos / NANOS_PER_MICRO / latencies.count()),
                "%d / %d = %.2f".formatted(report.fewest(), report.most(), report.fairness()), report.errors(),
                MarkdownTable.number(batches.mean()), batches);
    }
}
