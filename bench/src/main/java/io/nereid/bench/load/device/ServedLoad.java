package io.nereid.bench.load.device;

import io.nereid.bench.load.ClosedLoop;
import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.LoadReport;
import io.nereid.bench.load.TensorRequest;
import io.nereid.perf.grpc.GrpcTransport;
import io.nereid.perf.http.HttpTransport;
import io.nereid.perf.request.MemoryRange;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;

/** A server that runs already, under the load of clients in this process. */
public final class ServedLoad {
    private static final long SEED = 3;
    private static final int MOST_CONNECTIONS = 16;

    private final ServedOptions options;

    private ServedLoad(ServedOptions options) {
        this.options = options;
    }

    /** Runs it from the command line; ends with code 1 and one line if that cannot be done. */
    public static void main(String[] arguments) throws Exception {
        if (List.of(arguments).contains("--help")) {
            System.out.print(ServedOptions.USAGE);
            return;
        }
        try {
            new ServedLoad(ServedOptions.parse(arguments)).run();
        } catch (IllegalArgumentException e) {
            fail("load: " + e.getMessage() + "\n" + ServedOptions.USAGE);
        } catch (LoadException | IOException e) {
            fail("load: " + e.getMessage());
        }
    }

    private static void fail(String message) {
        System.err.println(message.strip());
        System.exit(1);
    }

    private void run() throws IOException, InterruptedException, LoadException {
        for (int batch : options.tensors().batches()) {
            for (int concurrency : options.tensors().concurrencies()) {
                ClosedLoop loop = loop(batch, concurrency);
                if (options.tensors().warmupSeconds() > 0) {
                    loop.run(concurrency, options.tensors().warmupSeconds());
                }
                LoadReport report = loop.run(concurrency, options.tensors().seconds());
                report.requireNoFailures("with " + batch + " rows");
                if (report.latencies().count() == 0) {
                    throw new LoadException("no request with " + batch + " rows was answered");
                }
                System.out.print(new DeviceMeasurement(options.what(), batch, concurrency, report.perSecond(),
                        report.latencies()).toJson());
            }
        }
    }

    private ClosedLoop loop(int batch, int clients) {
        InetSocketAddress server = new InetSocketAddress(InetAddress.getLoopbackAddress(), options.port());
        TensorRequest request = options.request(batch);
        if (options.grpc()) {
            int connections = Math.min(clients, MOST_CONNECTIONS);
            return new ClosedLoop(new GrpcTransport(server, "127.0.0.1:" + options.port(), GrpcTransport.Method.UNARY,
                    requests(request, clients, request::grpc, request::grpc), Math.ceilDiv(clients, connections)))
                    .withMaxThreads(connections);
        }
        return new ClosedLoop(new HttpTransport(server, requests(request, clients, request::http, request::http)));
    }

    /** One for all clients where the data is in it: it may be large. */
    private List<ByteBuffer> requests(TensorRequest request, int clients, Function<byte[], ByteBuffer> whole,
            BiFunction<MemoryRange, MemoryRange, ByteBuffer> byRange) {
        if (options.regions().isEmpty()) {
            return List.of(whole.apply(data(request)));
        }
        ServedOptions.Regions regions = options.regions().get();
        return IntStream.range(0, clients).mapToObj(client -> byRange.apply(regions.inputOf(request),
                regions.outputOf(client, outputBytes(request)))).toList();
    }

    private long outputBytes(TensorRequest request) {
        int batch = Math.toIntExact(request.shape().getFirst());
        return options.tensors().outputShape(batch).stream().reduce((long) Float.BYTES, Math::multiplyExact);
    }

    private static byte[] data(TensorRequest request) {
        ByteBuffer bytes = ByteBuffer.allocate(request.inputBytes()).order(ByteOrder.LITTLE_ENDIAN);
        Random random = new Random(SEED);
        while (bytes.hasRemaining()) {
            bytes.putFloat(random.nextFloat());
        }
        return bytes.array();
    }
}
