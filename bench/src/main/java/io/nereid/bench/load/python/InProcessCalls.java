package io.nereid.bench.load.python;

import io.nereid.inference.InferenceException;
import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.StartException;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.inference.InferenceResult;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/**
 * Calls {@code identity_onnx} of a repository in this process, one call at a time, and prints the wall time of a call in
 * microseconds: median and mean of the last half.
 */
public final class InProcessCalls {
    private static final int ELEMENTS = 16;

    private InProcessCalls() {}

    /** Arguments: the repository and how many calls. Ends with code 1 and one line if that cannot be done. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 2) {
            System.err.println("in-process calls: expected REPOSITORY CALLS, got " + Arrays.toString(arguments));
            System.exit(1);
        }
        ServerConfig config = ServerConfig.of(Path.of(arguments[0]))
                .withHttp(HttpConfig.DEFAULT.withEnabled(false))
                .withGrpc(GrpcConfig.DEFAULT.withEnabled(false));
        try (ModelServer server = ModelServer.start(config)) {
            print(nanosOfCalls(server, Integer.parseInt(arguments[1])));
        } catch (StartException e) {
            System.err.println("in-process calls: " + e.getMessage());
            System.exit(1);
        }
    }

    private static long[] nanosOfCalls(ModelServer server, int calls) throws InferenceException, InterruptedException {
        float[] values = new float[ELEMENTS];
        long[] nanos = new long[calls];
        for (int i = 0; i < calls; i++) {
            long start = System.nanoTime();
            try (InferenceResult result = server.inference().request("identity_onnx")
                    .input("INPUT0", values, 1, ELEMENTS)
                    .infer()) {
                result.output("OUTPUT0");
            }
            nanos[i] = System.nanoTime() - start;
        }
        return nanos;
    }

    private static void print(long[] nanos) {
        long[] last = Arrays.copyOfRange(nanos, nanos.length / 2, nanos.length);
        Arrays.sort(last);
        System.out.printf(Locale.ROOT, "%.1f %.1f%n", last[last.length / 2] / 1e3,
                Arrays.stream(last).average().orElseThrow() / 1e3);
    }
}
