package io.nereid.bench.load.soak;

import com.google.protobuf.ByteString;
import io.nereid.bench.load.InferRequestBody;
import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.MarkdownTable;
import io.nereid.bench.load.client.ClosedLoop;
import io.nereid.bench.load.client.ClosedLoopReport;
import io.nereid.bench.load.client.InferRequest;
import io.nereid.bench.load.client.Pace;
import io.nereid.bench.load.client.grpc.GrpcClosedLoop;
import io.nereid.bench.load.client.grpc.InferMethod;
import io.nereid.bench.load.server.ServerProcess;
import io.nereid.bench.load.server.UsageProbe;
import io.nereid.server.grpc.proto.ModelInferRequest;
import io.nereid.server.grpc.proto.ModelInferRequest.InferInputTensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.ToLongFunction;

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
    private final Pace pace;
    private final List<Line> lines = new ArrayList<>();
    private long failed;

    /** What the server held at the end of a minute. */
    private record Line(long residentBytes, long heapBytes, long threads) {}

    SoakScenario(Path folder, SoakOptions options) {
        this.folder = folder;
        this.options = options;
        this.pace = options.rate().isPresent() ? Pace.of(GOOD_CLIENTS, options.rate().getAsInt()) : Pace.UNLIMITED;
    }

    void run() throws IOException, InterruptedException, LoadException {
        if (options.table().isPresent()) {
            Files.deleteIfExists(options.table().get());
        }
        SoakRepository repository = SoakRepository.write(folder.resolve("models"), options.food11());
        try (ServerProcess server = ServerProcess.startControlled(repository.root(), folder.resolve("server.log"),
                List.of(SoakRepository.IDENTITY, SoakRepository.BATCHED, SoakRepository.SLOW, SoakRepository.FOOD));
                UsageProbe probe = server.probe();
                GrpcClosedLoop unary = grpc(server, InferMethod.UNARY);
                GrpcClosedLoop streams = grpc(server, InferMethod.STREAM);
                BadClients bad = new BadClients(server.port(), repository, pace)) {
            print(TABLE.header());
            ClosedLoop http = new ClosedLoop(server.port(), SoakScenario::http, pace);
            for (int minute = 1; minute <= options.minutes(); minute++) {
                ClosedLoopReport report = load(http, unary, streams);
                failed += report.errors();
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

    private GrpcClosedLoop grpc(ServerProcess server, InferMethod method) {
        return new GrpcClosedLoop(server.grpcPort(), method, 1, client -> grpcRequest(client == 0 ? SMALL : LARGE),
                pace);
    }

    /** Most clients send little to the identity models, some much, two photographs. */
    private static InferRequest http(int client) {
        if (client < 2) {
            return request(SoakRepository.FOOD, InferRequestBody.binary("input", "1,3,224,224", "output"));
        }
        String model = client % 2 == 0 ? SoakRepository.IDENTITY : SoakRepository.BATCHED;
        return request(model, InferRequestBody.binary("INPUT0", "1," + (client < 6 ? LARGE : SMALL), "OUTPUT0"));
    }

    private static InferRequest request(String model, InferRequestBody body) {
        return InferRequest.of(model, body.headers(), body.bytes());
    }

    private static byte[] grpcRequest(int elements) {
        return ModelInferRequest.newBuilder().setModelName(SoakRepository.IDENTITY)
                .addInputs(InferInputTensor.newBuilder().setName("INPUT0").setDatatype("FP32").addShape(1)
                        .addShape(elements))
                .addRawInputContents(ByteString.copyFrom(new byte[elements * Float.BYTES])).build().toByteArray();
    }

    private static ClosedLoopReport load(ClosedLoop http, GrpcClosedLoop unary, GrpcClosedLoop streams)
            throws InterruptedException, LoadException {
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            Future<ClosedLoopReport> ofUnary = threads.submit(() -> unary.run(UNARY_CLIENTS, SECONDS_PER_LINE));
            Future<ClosedLoopReport> ofStreams = threads.submit(() -> streams.run(STREAM_CLIENTS, SECONDS_PER_LINE));
            ClosedLoopReport ofHttp = http.run(HTTP_CLIENTS, SECONDS_PER_LINE);
            List<ClosedLoopReport.Client> clients = new ArrayList<>(ofHttp.clients());
            clients.addAll(ofUnary.get().clients());
            clients.addAll(ofStreams.get().clients());
            return new ClosedLoopReport(clients, SECONDS_PER_LINE);
        } catch (ExecutionException e) {
            throw new LoadException("a good request over gRPC failed: " + e.getCause());
        }
    }

    private void judge(BadClients bad) throws IOException, LoadException {
        List<String> complaints = new ArrayList<>();
        if (failed > 0) {
            complaints.add(failed + " good requests failed");
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
