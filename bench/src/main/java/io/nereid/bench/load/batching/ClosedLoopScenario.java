package io.nereid.bench.load.batching;

import io.nereid.bench.load.ClosedLoop;
import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.LoadReport;
import io.nereid.bench.load.MarkdownTable;
import io.nereid.bench.load.server.BatchSizes;
import io.nereid.bench.load.server.MeasuredServer;
import io.nereid.bench.load.server.Usage;
import io.nereid.bench.load.server.UsageProbe;
import io.nereid.perf.client.AnswersByClient;
import io.nereid.perf.client.Latencies;
import io.nereid.perf.http.HttpTransport;

import java.io.IOException;
import java.util.List;

/** Clients in a closed loop, each model with and without dynamic batching. */
final class ClosedLoopScenario {
    private static final double NANOS_PER_MICRO = 1000;
    private static final MarkdownTable TABLE = new MarkdownTable("model", "clients", "requests/s", "p50 ms", "p99 ms",
            "CPU us/request", "fewest / most answers of a client", "errors", "mean batch", "batch sizes");

    private final MeasuredServer server;
    private final BatchingOptions options;

    ClosedLoopScenario(MeasuredServer server, BatchingOptions options) {
        this.server = server;
        this.options = options;
    }

    static String header() {
        return TABLE.header();
    }

    void run(BatchedModel model) throws IOException, InterruptedException, LoadException {
        try (UsageProbe probe = server.probe()) {
            for (boolean batching : new boolean[]{false, true}) {
                ClosedLoop loop = new ClosedLoop(
                        new HttpTransport(server.address(), List.of(model.request(batching))));
                warmUp(loop);
                for (int clients : options.concurrencies()) {
                    System.out.print(measure(loop, model.name(batching), clients, probe));
                }
            }
        }
    }

    private void warmUp(ClosedLoop loop) throws IOException, InterruptedException {
        if (options.warmupSeconds() > 0) {
            loop.run(options.concurrencies().getLast(), options.warmupSeconds());
        }
    }

    private String measure(ClosedLoop loop, String model, int clients, UsageProbe probe)
            throws IOException, InterruptedException, LoadException {
        BatchSizes before = server.batchSizes(model);
        Usage usageBefore = probe.read();
        LoadReport report = loop.run(clients, options.seconds());
        long cpuNanos = probe.read().cpuNanos() - usageBefore.cpuNanos();
        BatchSizes batches = server.batchSizes(model).since(before);
        Latencies latencies = report.latencies();
        AnswersByClient clientsAnswers = report.sample().answersByClient();
        if (latencies.count() == 0) {
            throw new LoadException("model '" + model + "': no request was answered");
        }
        return TABLE.row(model, clients, MarkdownTable.number(report.perSecond()),
                MarkdownTable.millis(latencies.percentileNanos(50)),
                MarkdownTable.millis(latencies.percentileNanos(99)),
                MarkdownTable.number(cpuNanos / NANOS_PER_MICRO / latencies.count()),
                "%d / %d = %.2f".formatted(clientsAnswers.fewest(), clientsAnswers.most(), clientsAnswers.fairness()),
                report.failures().total(),
                MarkdownTable.number(batches.mean()), batches);
    }
}
