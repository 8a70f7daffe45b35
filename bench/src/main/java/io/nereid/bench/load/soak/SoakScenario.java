package io.nereid.bench.load.soak;

import io.nereid.bench.load.ClosedLoop;
import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.LoadReport;
import io.nereid.bench.load.MarkdownTable;
import io.nereid.bench.load.TensorRequest;
import io.nereid.bench.load.server.MeasuredServer;
import io.nereid.bench.load.server.UsageProbe;
import io.nereid.perf.client.LoadGenerator;
import io.nereid.perf.client.Transport;
import io.nereid.perf.grpc.GrpcTransport;
import io.nereid.perf.http.HttpTransport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/** Loads a server for a long time, minute by minute, and judges whether it stood that. */
final class SoakScenario {
    private static final int SECONDS_PER_LINE = 60;
    private static final int HTTP_CLIENTS = 20;
    private static final int UNARY_CLIENTS = 2;
    private static final int STREAM_CLIENTS = 2;
    private static final int GOOD_CLIENTS = HTTP_CLIENTS + UNARY_CLIENTS + STREAM_CLIENTS;
    private static final int SMALL = 16;
    private static final int LARGE = 150_528;
    /**
     * What still counts as flat: more than the noise of a heap that is collected when it likes, less than a leak in the
     * end.
     */
    private static final double FLAT = 1.05;
    private static final long SLACK_BYTES = 8 << 20;
    private static final int SLACK_THREADS = 3;
    private static final int LINES_PER_HOUR = 3600 / SECONDS_PER_LINE;
    private static final double BYTES_PER_MEBIBYTE = 1024 * 1024.0;
    private static final MarkdownTable TABLE = new MarkdownTable("minute", "good/s", "p99 ms", "failed", "left",
            "refused", "loads", "resident MiB", "live heap MiB", "threads");

    private final Path folder;
    private final SoakOptions options;
    private final Duration interval;
    private final List<Line> lines = new ArrayList<>();
    private final Set<String> errorTexts = new LinkedHashSet<>();
    private long failed;

    /** What the server held at the end of a minute. */
    private record Line(long residentBytes, long heapBytes, long threads) {}

    /** Some that send by the same protocol. */
    private record GoodClients(ClosedLoop loop, int count) {}

    SoakScenario(Path folder, SoakOptions options) {
        this.folder = folder;
        this.options = options;
        this.interval = options.rate().isPresent()
                ? Duration.ofSeconds(GOOD_CLIENTS).dividedBy(options.rate().getAsInt())
                : Duration.ZERO;
    }

    void run() throws IOException, InterruptedException, LoadException {
        if (options.table().isPresent()) {
            Files.deleteIfExists(options.table().get());
        }
        SoakRepository repository = SoakRepository.write(folder.resolve("models"), options.food11());
        try (MeasuredServer server = MeasuredServer.startControlled(repository.root(), folder.resolve("server.log"),
                List.of(SoakRepository.IDENTITY, SoakRepository.BATCHED, SoakRepository.SLOW, SoakRepository.FOOD));
                UsageProbe probe = server.probe();
                BadClients bad = new BadClients(server.address().getPort(), repository, interval)) {
            print(TABLE.header());
            List<GoodClients> good = good(server);
            for (int minute = 1; minute <= options.minutes(); minute++) {
                LoadReport report = load(good);
                failed += report.failures().total();
                errorTexts.addAll(report.sample().errorTexts());
                Line line = new Line(probe.read().residentBytes(), probe.liveHeapBytes(), probe.threads());
                lines.add(line);
                print(TABLE.row(minute, MarkdownTable.number(report.perSecond()),
                        MarkdownTable.millis(report.latencies().percentileNanos(99)), failed, bad.left(),
                        bad.refused(), bad.loads(), MarkdownTable.mebibytes(line.residentBytes),
                        MarkdownTable.mebibytes(line.heapBytes), line.threads));
            }
            print(slopes());
            judge(bad);
        }
    }

    private List<GoodClients> good(MeasuredServer server) {
        return List.of(
                good(new HttpTransport(server.address(),
                        IntStream.range(0, HTTP_CLIENTS).mapToObj(SoakScenario::httpRequest).toList()), HTTP_CLIENTS),
                good(grpc(server, GrpcTransport.Method.UNARY), UNARY_CLIENTS),
                good(grpc(server, GrpcTransport.Method.STREAM), STREAM_CLIENTS));
    }

    private GoodClients good(Transport transport, int clients) {
        return new GoodClients(new ClosedLoop(transport).withInterval(interval).withMaxThreads(1), clients);
    }

    private static GrpcTransport grpc(MeasuredServer server, GrpcTransport.Method method) {
        InetSocketAddress address = new InetSocketAddress(server.address().getAddress(), server.grpcPort());
        return new GrpcTransport(address, "127.0.0.1:" + server.grpcPort(), method,
                List.of(grpcRequest(SMALL), grpcRequest(LARGE)), GrpcTransport.USUAL_CALLS);
    }

    private void print(String text) throws IOException {
        System.out.print(text);
        if (options.table().isPresent()) {
            Files.writeString(options.table().get(), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
    }

    /** How fast memory grows once the server is warm: after the first quarter. */
    private String slopes() {
        List<Line> warm = lines.subList(lines.size() / 4, lines.size());
        return String.format(Locale.ROOT,
                "%nMiB per hour, by least squares over the last %d minutes: resident %+.1f, live heap %+.2f%n",
                warm.size(), perHour(warm, Line::residentBytes), perHour(warm, Line::heapBytes));
    }

    private static double perHour(List<Line> warm, ToLongFunction<Line> of) {
        return Slope.of(warm.stream().mapToLong(of).toArray()) * LINES_PER_HOUR / BYTES_PER_MEBIBYTE;
    }

    /** Most clients send little to the identity models, some much, two photographs. */
    private static ByteBuffer httpRequest(int client) {
        if (client < 2) {
            return new TensorRequest(SoakRepository.FOOD, "input", List.of(1L, 3L, 224L, 224L), "output")
                    .httpOfRandoms();
        }
        String model = client % 2 == 0 ? SoakRepository.IDENTITY : SoakRepository.BATCHED;
        return identity(model, client < 6 ? LARGE : SMALL).httpOfRandoms();
    }

    private static ByteBuffer grpcRequest(int elements) {
        return identity(SoakRepository.IDENTITY, elements).grpc(new byte[elements * Float.BYTES]);
    }

    private static TensorRequest identity(String model, int elements) {
        return new TensorRequest(model, "INPUT0", List.of(1L, (long) elements), "OUTPUT0");
    }

    private static LoadReport load(List<GoodClients> good) throws IOException, InterruptedException {
        List<LoadGenerator> loads = new ArrayList<>();
        for (GoodClients clients : good) {
            loads.add(clients.loop.start(clients.count));
        }
        return ClosedLoop.run(loads, SECONDS_PER_LINE);
    }

    private void judge(BadClients bad) throws IOException, LoadException {
        List<String> complaints = new ArrayList<>();
        if (failed > 0) {
            complaints.add(failed + " good requests failed: " + String.join("; ", errorTexts));
        }
        if (bad.surprises() > 0) {
            complaints.add(bad.surprises() + " bad requests or loads did not end as they should");
        }
        compare("resident memory", Line::residentBytes, SLACK_BYTES, complaints);
        compare("the live heap", Line::heapBytes, SLACK_BYTES, complaints);
        compare("the number of threads", Line::threads, SLACK_THREADS, complaints);
        if (!complaints.isEmpty()) {
            throw new LoadException(String.join("; ", complaints));
        }
        print("\nNo good request failed; memory and threads are flat.\n");
    }

    /** By means, so that one line at a bad moment says little. */
    private void compare(String what, ToLongFunction<Line> of, long slack, List<String> complaints) {
        int quarter = lines.size() / 4;
        double before = lines.subList(quarter, 2 * quarter).stream().mapToLong(of).average().orElseThrow();
        double after = lines.subList(lines.size() - quarter, lines.size()).stream().mapToLong(of).average()
                .orElseThrow();
        if (after > FLAT * before + slack) {
            complaints
                    .add("%s grew from %.0f in the second quarter to %.0f in the last".formatted(what, before, after));
        }
    }
}
