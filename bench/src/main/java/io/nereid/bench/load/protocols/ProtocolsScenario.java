package io.nereid.bench.load.protocols;

import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.LoadReport;
import io.nereid.bench.load.MarkdownTable;
import io.nereid.bench.load.server.MeasuredServer;
import io.nereid.bench.load.server.Usage;
import io.nereid.bench.load.server.UsageProbe;
import io.nereid.perf.client.Latencies;
import io.nereid.perf.request.SharedRegion;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;

/** Measures one protocol after the other with one size of tensor after the other, and prints a row for each. */
final class ProtocolsScenario {
    private static final long SEED = 3;
    private static final double NANOS_PER_MICRO = 1000;
    private static final MarkdownTable TABLE = new MarkdownTable("protocol", "tensor bytes", "clients", "requests/s",
            "p50 us", "p99 us", "CPU us/request", "heap bytes/request");

    private final Path repository;
    private final Path log;
    private final ProtocolsOptions options;

    /**
     * The scenario for these options.
     *
     * @param repository has the model
     * @param log where the servers write
     */
    ProtocolsScenario(Path repository, Path log, ProtocolsOptions options) {
        this.repository = repository;
        this.log = log;
        this.options = options;
    }

    void run() throws IOException, InterruptedException, LoadException {
        System.out.print(TABLE.header());
        for (int round = 0; round < options.rounds(); round++) {
            for (int size : options.bytes()) {
                byte[] data = new byte[size];
                new Random(SEED).nextBytes(data);
                for (Protocol protocol : options.protocols()) {
                    run(protocol, data);
                }
            }
        }
    }

    private void run(Protocol protocol, byte[] data) throws IOException, InterruptedException, LoadException {
        if (!protocol.sharedMemory()) {
            run(protocol, data, Optional.empty());
            return;
        }
        try (SharedRegion region = SharedRegion.create(SharedRegion.FOLDER, "bench")) {
            run(protocol, data, Optional.of(region));
        }
    }

    /** With a fresh server, so that one row's compiled code and memory are not the next one's. */
    private void run(Protocol protocol, byte[] data, Optional<SharedRegion> region)
            throws IOException, InterruptedException, LoadException {
        Requests requests = region.isEmpty() ? Requests.inMessages(data)
                : Requests.inSharedMemory(data, region.get(), options.concurrency());
        try (MeasuredServer server = MeasuredServer.startWithGrpc(repository, log); UsageProbe probe = server.probe()) {
            Traffic traffic = traffic(protocol, server, requests);
            if (region.isPresent()) {
                region.get().shareWith(server.calls());
            }
            byte[] answer = traffic.askOnce();
            byte[] output = region.isPresent() ? region.get().read(requests.outputs().getFirst())
                    : Arrays.copyOfRange(answer, Math.max(0, answer.length - data.length), answer.length);
            if (!Arrays.equals(output, data)) { // figures of wrong answers would be worth nothing
                throw new LoadException("over " + protocol.label() + " the model did not repeat its input");
            }
            if (options.warmupSeconds() > 0) {
                traffic.run(options.concurrency(), options.warmupSeconds());
            }
            Usage before = probe.read();
            LoadReport report = traffic.run(options.concurrency(), options.seconds());
            System.out.print(row(protocol, data.length, report, before, probe.read()));
            if (region.isPresent()) {
                region.get().unshareWith(server.calls());
            }
        }
    }

    private Traffic traffic(Protocol protocol, MeasuredServer server, Requests requests) {
        return protocol.grpc()
                .map(method -> Traffic.grpc(server.grpcPort(), method, options.concurrency(), options.connections(),
                        requests))
                .orElseGet(() -> Traffic.http(server.address().getPort(), requests));
    }

    static String row(Protocol protocol, int bytes, LoadReport report, Usage before, Usage after)
            throws LoadException {
        Latencies latencies = report.latencies();
        if (latencies.count() == 0) {
            throw new LoadException("over " + protocol.label() + " no request was answered in time");
        }
        return TABLE.row(protocol.label(), "%,d".formatted(bytes), report.sample().answersByClient().clients(),
                MarkdownTable.number(report.perSecond()),
                MarkdownTable.number(latencies.percentileNanos(50) / NANOS_PER_MICRO),
                MarkdownTable.number(latencies.percentileNanos(99) / NANOS_PER_MICRO),
                MarkdownTable.number((after.cpuNanos() - before.cpuNanos()) / NANOS_PER_MICRO / latencies.count()),
                MarkdownTable.number((double) (after.allocatedBytes() - before.allocatedBytes()) / latencies.count()));
    }
}
