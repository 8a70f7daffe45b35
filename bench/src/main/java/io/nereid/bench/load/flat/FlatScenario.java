package io.nereid.bench.load.flat;

import io.nereid.bench.load.IdentityRepository;
import io.nereid.bench.load.InferRequestBody;
import io.nereid.bench.load.Load;
import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.MarkdownTable;
import io.nereid.bench.load.Wrk;
import io.nereid.bench.load.WrkReport;
import io.nereid.bench.load.server.MeasuredServer;
import io.nereid.perf.measure.ProcessorTime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Starts a server for each number of models and of idle connections, and loads them in turns: what else the machine
 * does meets all of them.
 */
final class FlatScenario implements AutoCloseable {
    private static final double NANOS_PER_MICRO = 1000;
    private static final int BUSY_WITH_MANY_MODELS = 8;
    private static final MarkdownTable TABLE = new MarkdownTable("models", "asked", "busy connections",
            "idle connections", "requests/s", "CPU us/request", "CPU to the first");

    private final Path folder;
    private final FlatOptions options;
    private final InferRequestBody request = InferRequestBody.binary("INPUT0", "1,16", "OUTPUT0");
    private final List<Loaded> servers = new ArrayList<>();

    /** A server with models and idle connections. */
    private record Loaded(MeasuredServer process, IdleConnections idle, int models, int idleCount)
            implements
                AutoCloseable {
        @Override
        public void close() {
            idle.close();
            process.close();
        }
    }

    /** What one row of the table measures, and what it measured in each round. */
    private record Row(Loaded server, int asked, int busy, List<Measured> rounds) {
        double median(ToDoubleFunction<Measured> of) {
            double[] sorted = rounds.stream().mapToDouble(of).sorted().toArray();
            return sorted[sorted.length / 2];
        }

        String text(Row first) {
            double micros = median(Measured::cpuMicros);
            return TABLE.row(server.models, asked, busy, server.idleCount,
                    MarkdownTable.number(median(Measured::perSecond)), String.format(Locale.ROOT, "%.1f", micros),
                    String.format(Locale.ROOT, "%+.0f %%", (micros / first.median(Measured::cpuMicros) - 1) * 100));
        }
    }

    private record Measured(double perSecond, double cpuMicros) {}

    FlatScenario(Path folder, FlatOptions options) {
        this.folder = folder;
        this.options = options;
    }

    void run() throws IOException, InterruptedException, LoadException {
        List<List<Row>> groups = start();
        List<Row> rows = groups.stream().flatMap(List::stream).toList();
        for (Row row : rows) {
            if (options.warmupSeconds() > 0) {
                load(row, options.warmupSeconds());
            }
        }
        for (int round = 0; round < options.rounds(); round++) {
            for (Row row : rows) {
                row.rounds.add(load(row, options.seconds()));
            }
        }
        System.out.print(TABLE.header());
        groups.forEach(group -> group.forEach(row -> System.out.print(row.text(group.getFirst()))));
    }

    /** Rows that are compared with the first of their group. */
    private List<List<Row>> start() throws IOException, InterruptedException, LoadException {
        List<Row> toOne = new ArrayList<>();
        List<Row> toAll = new ArrayList<>();
        for (int models : options.models()) {
            Loaded server = start(models, 0);
            toOne.add(row(server, 1, BUSY_WITH_MANY_MODELS));
            toAll.add(row(server, models, BUSY_WITH_MANY_MODELS));
        }
        List<Loaded> connected = new ArrayList<>();
        for (int idle : options.idle()) {
            connected.add(start(1, idle));
        }
        List<List<Row>> groups = new ArrayList<>(List.of(toOne, toAll));
        for (int busy : options.busy()) {
            groups.add(connected.stream().map(server -> row(server, 1, busy)).toList());
        }
        return groups;
    }

    private static Row row(Loaded server, int asked, int busy) {
        return new Row(server, asked, busy, new ArrayList<>());
    }

    private Loaded start(int models, int idle) throws IOException, InterruptedException, LoadException {
        Path own = Files.createDirectory(folder.resolve("server-" + servers.size()));
        for (int i = 0; i < models; i++) {
            IdentityRepository.writeIdentityTo(own.resolve("models"), name(i));
        }
        MeasuredServer process = MeasuredServer.startDistribution(options.launcher(), own.resolve("models"),
                own.resolve("server.log"));
        IdleConnections connections;
        try {
            connections = IdleConnections.open(process.address().getPort(), idle);
        } catch (LoadException e) {
            process.close();
            throw e;
        }
        Loaded server = new Loaded(process, connections, models, idle);
        servers.add(server);
        return server;
    }

    private static String name(int model) {
        return "identity_" + model;
    }

    private Measured load(Row row, int seconds) throws IOException, InterruptedException, LoadException {
        row.server.idle.ask();
        MeasuredServer server = row.server.process;
        Path body = Files.write(folder.resolve("body"), request.bytes());
        List<String> paths = IntStream.range(0, row.asked).mapToObj(i -> "/v2/models/" + name(i) + "/infer").toList();
        Load load = new Load("flat", paths, request.headers(), body);
        long before = ProcessorTime.nanosOf(server.pid());
        WrkReport report = new Wrk(folder, server.address().getPort()).run(load, row.busy, seconds);
        long nanos = ProcessorTime.nanosOf(server.pid()) - before;
        if (report.requests() == 0 || report.errors() > 0) {
            throw new LoadException(report.errors() + " errors, " + report.requests() + " answers with "
                    + row.server.models + " models and " + row.server.idleCount + " idle connections");
        }
        return new Measured(report.requestsPerSecond(), nanos / NANOS_PER_MICRO / report.requests());
    }

    @Override
    public void close() {
        servers.forEach(Loaded::close);
    }
}
