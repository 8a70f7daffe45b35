package io.nereid.bench.simulation;

import io.nereid.bench.simulation.Plot.Axis;
import io.nereid.scheduler.BatchPolicy;
import io.nereid.scheduler.QueuePolicy;
import io.nereid.simulation.ArrivalPattern;
import io.nereid.simulation.LinearService;
import io.nereid.simulation.Report;
import io.nereid.simulation.ServiceLaw;
import io.nereid.simulation.Setup;
import io.nereid.simulation.Simulation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** {@code bench/run plots}: the plots of docs/batching.md, made by simulation, the same bytes each time. */
public final class PlotsCommand {
    private static final long MILLIS = 1_000_000;
    private static final long SECOND = 1000 * MILLIS;
    private static final ServiceLaw PER_CALL = new LinearService(5 * MILLIS, MILLIS / 20, 0.05);
    private static final ServiceLaw PER_ROW = new LinearService(MILLIS / 20, 5 * MILLIS, 0.05);
    private static final int MAX_BATCH_SIZE = 32;
    private static final Axis OFFERED = new Axis("requests per second offered", 20, 10_000, true,
            List.of(20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0));

    private PlotsCommand() {}

    /** Writes the plots into the folder named, else into docs/batching. */
    public static void main(String... arguments) throws IOException {
        Path folder = Path.of(arguments.length == 0 ? "docs/batching" : arguments[0]);
        Files.createDirectories(folder);
        for (Map.Entry<String, Plot> plot : plots().entrySet()) {
            Files.writeString(folder.resolve(plot.getKey()), plot.getValue().svg());
            System.out.println(folder.resolve(plot.getKey()));
        }
    }

    /** By file name. */
    static Map<String, Plot> plots() {
        Map<String, Plot> plots = new LinkedHashMap<>();
        plots.put("throughput.svg", throughput());
        plots.put("latency.svg", latency());
        plots.put("per-row.svg", perRow());
        plots.put("delay.svg", delay());
        plots.put("overload.svg", overload());
        plots.put("batch-sizes.svg", batchSizes());
        return plots;
    }

    private static Plot throughput() {
        Axis answered = new Axis("answers per second", 20, 10_000, true,
                List.of(20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0));
        return new Plot("Throughput: 5 ms per call and 0.05 ms per row, one instance", OFFERED, answered)
                .line("without batching", overLoad(PER_CALL, 1, Report::throughput))
                .line("max_batch_size 8", overLoad(PER_CALL, 8, Report::throughput))
                .line("max_batch_size 32", overLoad(PER_CALL, MAX_BATCH_SIZE, Report::throughput));
    }

    private static Plot latency() {
        Axis p99 = new Axis("p99 latency, ms", 5, 1000, true,
                List.of(5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0));
        return new Plot("p99 latency: 5 ms per call and 0.05 ms per row, one instance", OFFERED, p99)
                .line("without batching", overLoad(PER_CALL, 1, PlotsCommand::p99))
                .line("max_batch_size 8", overLoad(PER_CALL, 8, PlotsCommand::p99))
                .line("max_batch_size 32", overLoad(PER_CALL, MAX_BATCH_SIZE, PlotsCommand::p99));
    }

    private static Plot perRow() {
        Axis offered = new Axis("requests per second offered", 0, 200, false, List.of(0.0, 50.0, 100.0, 150.0, 200.0));
        Axis p99 = new Axis("p99 latency, ms", 5, 1000, true,
                List.of(5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0));
        Plot plot = new Plot("p99 latency: 0.05 ms per call and 5 ms per row, one instance", offered, p99);
        for (int size : new int[]{1, 4, MAX_BATCH_SIZE}) {
            plot.line(size == 1 ? "without batching" : "max_batch_size " + size,
                    DoubleStream.iterate(10, rate -> rate <= 200, rate -> rate + 10)
                            .mapToObj(rate -> new double[]{rate, p99(Simulation.run(setup(rate, PER_ROW, size)))})
                            .toList());
        }
        return plot;
    }

    private static Plot delay() {
        Axis delays = new Axis("max_queue_delay, ms", 0, 20, false, List.of(0.0, 5.0, 10.0, 15.0, 20.0));
        Axis p99 = new Axis("p99 latency, ms", 0, 30, false, List.of(0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0));
        Plot plot = new Plot("What a queue delay does to the p99 (max_batch_size 32)", delays, p99);
        for (int rate : new int[]{50, 400, 1500, 4000}) {
            plot.line("%,d requests/s".formatted(rate), IntStream.rangeClosed(0, 20).mapToObj(millis -> {
                Setup setup = setup(rate, PER_CALL, MAX_BATCH_SIZE)
                        .withBatching(new BatchPolicy(MAX_BATCH_SIZE, List.of(), millis * MILLIS));
                return new double[]{millis, p99(Simulation.run(setup))};
            }).toList());
        }
        return plot;
    }

    private static Plot overload() {
        double capacity = PER_CALL.capacity(1, MAX_BATCH_SIZE);
        long deadline = 50 * MILLIS;
        Axis load = new Axis("load offered, % of capacity", 0, 300, false,
                List.of(0.0, 50.0, 100.0, 150.0, 200.0, 250.0, 300.0));
        Axis goodput = new Axis("answers within 50 ms, % of capacity", 0, 110, false,
                List.of(0.0, 20.0, 40.0, 60.0, 80.0, 100.0));
        QueuePolicy timeout = new QueuePolicy(QueuePolicy.TimeoutAction.REJECT, deadline, false, 0);
        return new Plot("Goodput under overload (max_batch_size 32, deadline 50 ms)", load, goodput)
                .line("no queue policy", overload(capacity, QueuePolicy.UNLIMITED, 0))
                .line("default_timeout 50 ms", overload(capacity, timeout, 0))
                .line("target p99 50 ms", overload(capacity, QueuePolicy.UNLIMITED, deadline));
    }

    private static List<double[]> overload(double capacity, QueuePolicy policy, long target) {
        List<double[]> points = new ArrayList<>();
        for (int percent = 10; percent <= 300; percent += 10) {
            Setup setup = setup(capacity * percent / 100, PER_CALL, MAX_BATCH_SIZE).withQueuePolicy(policy)
                    .withTarget(target).withDeadline(50 * MILLIS);
            points.add(new double[]{percent, 100 * Simulation.run(setup).goodput() / capacity});
        }
        return points;
    }

    private static Plot batchSizes() {
        Axis rows = new Axis("rows of an execution", 0, 33, false,
                List.of(1.0, 4.0, 8.0, 12.0, 16.0, 20.0, 24.0, 28.0, 32.0));
        Axis share = new Axis("% of executions", 0, 50, false, List.of(0.0, 10.0, 20.0, 30.0, 40.0, 50.0));
        Plot plot = new Plot("Batch sizes by load (max_batch_size 32, no queue delay)", rows, share);
        for (int rate : new int[]{400, 1500, 3500}) {
            Report report = Simulation.run(setup(rate, PER_CALL, MAX_BATCH_SIZE));
            plot.bars("%,d requests/s".formatted(rate), IntStream.rangeClosed(1, MAX_BATCH_SIZE)
                    .mapToObj(size -> new double[]{size, 100.0 * report.batchesOf(size) / report.executions()})
                    .toList());
        }
        return plot;
    }

    private static List<double[]> overLoad(ServiceLaw service, int size, ToDoubleFunction<Report> of) {
        return DoubleStream.iterate(20, rate -> rate <= 10_000, rate -> rate * 1.08)
                .mapToObj(rate -> new double[]{rate, of.applyAsDouble(Simulation.run(setup(rate, service, size)))})
                .toList();
    }

    private static double p99(Report report) {
        return report.latency(0.99) / 1e6;
    }

    private static Setup setup(double rate, ServiceLaw service, int maxBatchSize) {
        return new Setup(new ArrivalPattern.Poisson(rate), 1, 1, service, 1,
                new BatchPolicy(maxBatchSize, List.of(), 0), QueuePolicy.UNLIMITED, 0, 0, 2 * SECOND, 32 * SECOND, 1);
    }
}
