package io.nereid.bench.load.protocols;

import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.MarkdownTable;
import io.nereid.bench.load.client.ClosedLoopReport;
import io.nereid.bench.load.client.Latencies;
import io.nereid.bench.load.server.ServerProcess;
import io.nereid.bench.load.server.Usage;
import io.nereid.bench.load.server.UsageProbe;

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
        try (SharedRegion region = SharedRegion.create(SharedRegion.FOLDER, data, options.concurrency())) {
            run(protocol, data, Optional.of(region));
        }
    }

    /** With a fresh server, so that one row's compiled code and memory are not the next one's. */
    private void run(Protocol protocol, byte[] data, Optional<SharedRegion> region)
            throws IOException, InterruptedException, LoadException {
        try (ServerProcess server = ServerProcess.startWithGrpc(repository, log);
                UsageProbe probe = server.probe();
                Traffic traffic = traffic(protocol, server, new Requests(data, region))) {
            if (region.isPresent()) {
                region.get().registerAt(server.port());
            }
            check(protocol, traffic.askOnce(), data, region);
            if (options.warmupSeconds() > 0) {
                traffic.run(options.concurrency(), options.warmupSeconds());
            }
            Usage before = probe.read();
            ClosedLoopReport report = traffic.run(options.concurrency(), options.seconds());
            System.out.print(row(protocol, data.length, report, before, probe.read()));
            if (region.isPresent()) {
                region.get().unregisterAt(server.port());
            }
        }
    }

    private Traffic traffic(Protocol protocol, ServerProcess server, Requests requests) {
        return protocol.grpc()
                .<Traffic>map(method -> new GrpcTraffic(server.grpcPort(), method, options.connections(), requests))
                .orElseGet(() -> new HttpTraffic(server.port(), requests));
    }

    /** Figures of wrong answers would be worth nothing. */
    private static void check(Protocol protocol, byte[] answer, byte[] data, Optional<SharedRegion> region)
            throws IOException, LoadException {
        byte[] output = region.isPresent() ? region.get().read(region.get().output(0))
                : Arrays.copyOfRange(answer, Math.max(0, answer.length - data.length), answer.length);
        if (!Arrays.equals(output, data)) {
            throw new LoadException("over " + protocol.label() + " the model did not repeat its input");
        }
    }

    static String row(Protocol protocol, int bytes, ClosedLoopReport report, Usage before, Usage after)
            throws LoadException {
        Latencies latencies = report.latencies();
        if (latencies.count() == 0) {
            throw new LoadException("over " + protocol.label() + " no request was answered in time");
        }
        return TABLE.row(protocol.label(), "%,d".formatted(bytes), report.clients().size(),
                MarkdownTable.number(report.perSecond()),
                MarkdownTable.number(latencies.percentileNanos(50) / NANOS_PER_MICRO),
                MarkdownTable.number(latencies.percentileNanos(99) / NANOS_PER_MICRO),
                MarkdownTable.number((after.cpuNanos() - before.cpuNanos()) / NANOS_PER_MICRO / latencies.count()),
                MarkdownTable.number((double) (after.allocatedBytes() - before.allocatedBytes()) / latencies.count()));
    }
}
