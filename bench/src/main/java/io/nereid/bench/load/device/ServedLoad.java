package io.nereid.bench.load.device;

import io.nereid.bench.load.InferRequestBody;
import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.TensorRequest;
import io.nereid.bench.load.client.ClosedLoop;
import io.nereid.bench.load.client.ClosedLoopReport;
import io.nereid.bench.load.client.InferRequest;
import io.nereid.bench.load.client.grpc.GrpcClosedLoop;
import io.nereid.bench.load.client.grpc.InferMethod;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;

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
                ClosedLoopReport report = options.grpc() ? overGrpc(batch, concurrency) : overHttp(batch, concurrency);
                if (report.errors() > 0 || report.perSecond() == 0) {
                    throw new LoadException(
                            "%d requests with %d rows failed, %.0f a second were answered".formatted(report.errors(),
                                    batch, report.perSecond()));
                }
                System.out.print(new DeviceMeasurement(options.what(), batch, concurrency, report.perSecond(),
                        report.latencies()).toJson());
            }
        }
    }

    private ClosedLoopReport overHttp(int batch, int clients) throws InterruptedException {
        ClosedLoop loop = new ClosedLoop(options.port(), httpRequests(options.request(batch)));
        if (options.tensors().warmupSeconds() > 0) {
            loop.run(clients, options.tensors().warmupSeconds());
        }
        return loop.run(clients, options.tensors().seconds());
    }

    private ClosedLoopReport overGrpc(int batch, int clients) throws IOException, InterruptedException {
        try (GrpcClosedLoop loop = new GrpcClosedLoop(options.port(), InferMethod.UNARY,
                Math.min(clients, MOST_CONNECTIONS), grpcRequests(options.request(batch)))) {
            if (options.tensors().warmupSeconds() > 0) {
                loop.run(clients, options.tensors().warmupSeconds());
            }
            return loop.run(clients, options.tensors().seconds());
        }
    }

    /** One for all clients where the data is in it: it may be large. */
    private IntFunction<InferRequest> httpRequests(TensorRequest request) {
        if (options.regions().isEmpty()) {
            InferRequest whole = inferRequest(request.http(data(request)));
            return _ -> whole;
        }
        ServedOptions.Regions regions = options.regions().get();
        return client -> inferRequest(
                request.http(regions.inputOf(request), regions.outputOf(client, outputBytes(request))));
    }

    private IntFunction<byte[]> grpcRequests(TensorRequest request) {
        if (options.regions().isEmpty()) {
            byte[] whole = request.grpc(data(request));
            return _ -> whole;
        }
        ServedOptions.Regions regions = options.regions().get();
        return client -> request.grpc(regions.inputOf(request), regions.outputOf(client, outputBytes(request)));
    }

    private InferRequest inferRequest(InferRequestBody body) {
        return InferRequest.of(options.model(), body.headers(), body.bytes());
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
