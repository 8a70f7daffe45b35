package io.nereid.bench.load.protocols;

import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.LoadReport;
import io.nereid.bench.load.MarkdownTable;
import io.nereid.perf.grpc.GrpcTransport.Method;
import io.nereid.perf.measure.ProcessorTime;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Asks servers that run already, in turns, and prints the medians of what a request costs each of them. */
public final class GrpcTurns {
    private static final long SEED = 3;
    private static final double NANOS_PER_MICRO = 1000;
    private static final MarkdownTable TABLE = new MarkdownTable("method", "tensor bytes", "clients", "server",
            "requests/s", "p50 us", "p99 us", "CPU us/request", "ratio");

    private final GrpcTurnsOptions options;

    private GrpcTurns(GrpcTurnsOptions options) {
        this.options = options;
    }

    /** Runs it; ends with code 1 and one line if that cannot be done. */
    public static void main(String[] arguments) throws Exception {
        try {
            new GrpcTurns(GrpcTurnsOptions.parse(arguments)).run();
        } catch (IllegalArgumentException e) {
            fail("load: " + e.getMessage() + "\n" + GrpcTurnsOptions.USAGE);
        } catch (LoadException e) {
            fail("load: " + e.getMessage());
        }
    }

    private static void fail(String message) {
        System.err.println(message.strip());
        System.exit(1);
    }

    private void run() throws IOException, InterruptedException, LoadException {
        System.out.print(TABLE.header());
        for (Method method : options.methods()) {
            for (int bytes : options.bytes()) {
                for (int concurrency : options.concurrencies()) {
                    compare(method, bytes, concurrency);
                }
            }
        }
    }

    /** What a turn has shown. */
    private record Turn(double perSecond, double p50Micros, double p99Micros, double cpuMicros) {}

    private void compare(Method method, int bytes, int concurrency)
            throws IOException, InterruptedException, LoadException {
        Requests requests = requests(bytes);
        List<Traffic> traffic = options.servers().stream()
                .map(server -> Traffic.grpc(server.grpcPort(), method, concurrency, concurrency, requests)).toList();
        List<List<Turn>> turns = turns(traffic, concurrency);
        for (int i = 0; i < turns.size(); i++) {
            System.out.print(row(method, bytes, concurrency, i, turns));
        }
    }

    private static Requests requests(int bytes) {
        byte[] data = new byte[bytes];
        new Random(SEED).nextBytes(data);
        return Requests.inMessages(data);
    }

    private List<List<Turn>> turns(List<Traffic> traffic, int concurrency)
            throws IOException, InterruptedException, LoadException {
        List<List<Turn>> turns = new ArrayList<>();
        for (Traffic each : traffic) {
            turns.add(new ArrayList<>());
            if (options.warmupSeconds() > 0) {
                each.run(concurrency, options.warmupSeconds());
            }
        }
        for (int round = 0; round < options.rounds(); round++) {
            for (int i = 0; i < traffic.size(); i++) {
                turns.get(i).add(turn(traffic.get(i), options.servers().get(i).pid(), concurrency));
            }
        }
        return turns;
    }

    private Turn turn(Traffic traffic, long pid, int concurrency)
            throws IOException, InterruptedException, LoadException {
        long before = ProcessorTime.nanosOf(pid);
        LoadReport report = traffic.run(concurrency, options.seconds());
        long nanos = ProcessorTime.nanosOf(pid) - before;
        int answers = report.latencies().count();
        if (answers == 0) {
            throw new LoadException("no request was answered in time");
        }
        return new Turn(report.perSecond(), report.latencies().percentileNanos(50) / NANOS_PER_MICRO,
                report.latencies().percentileNanos(99) / NANOS_PER_MICRO, nanos / NANOS_PER_MICRO / answers);
    }

    private String row(Method method, int bytes, int concurrency, int server, List<List<Turn>> turns) {
        double cpu = median(turns.get(server).stream().mapToDouble(Turn::cpuMicros).toArray());
        double first = median(turns.getFirst().stream().mapToDouble(Turn::cpuMicros).toArray());
        return TABLE.row(method.name().toLowerCase(Locale.ROOT), "%,d".formatted(bytes), concurrency,
                options.servers().get(server).name(),
                MarkdownTable.number(median(turns.get(server).stream().mapToDouble(Turn::perSecond).toArray())),
                MarkdownTable.number(median(turns.get(server).stream().mapToDouble(Turn::p50Micros).toArray())),
                MarkdownTable.number(median(turns.get(server).stream().mapToDouble(Turn::p99Micros).toArray())),
                MarkdownTable.number(cpu), "%.2f".formatted(cpu / first));
    }

    private static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
