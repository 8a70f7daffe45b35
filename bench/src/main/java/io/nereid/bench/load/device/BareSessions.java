package io.nereid.bench.load.device;

import io.nereid.backend.onnxruntime.binding.OnnxRuntime;
import io.nereid.bench.load.BareLoop;
import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.QueuedCalls;
import io.nereid.bench.load.client.Course;
import io.nereid.bench.load.client.Latencies;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;

import java.util.ArrayList;
import java.util.List;

/** ONNX Runtime with no server around it: sessions with a caller each, fed through a queue by clients that wait. */
public final class BareSessions {
    private final BareOptions options;

    private BareSessions(BareOptions options) {
        this.options = options;
    }

    /** Runs it from the command line; ends with code 1 and one line if that cannot be done. */
    public static void main(String[] arguments) throws Exception {
        if (List.of(arguments).contains("--help")) {
            System.out.print(BareOptions.USAGE);
            return;
        }
        try {
            new BareSessions(BareOptions.parse(arguments)).run();
        } catch (IllegalArgumentException e) {
            fail("load: " + e.getMessage() + "\n" + BareOptions.USAGE);
        } catch (LoadException | InferenceException e) {
            fail("load: " + e.getMessage());
        }
    }

    private static void fail(String message) {
        System.err.println(message.strip());
        System.exit(1);
    }

    private void run() throws InferenceException, InterruptedException, LoadException {
        String obstacle = options.cuda().isPresent() ? OnnxRuntime.cudaObstacle() : "";
        if (!obstacle.isEmpty()) {
            throw new LoadException(obstacle);
        }
        for (int batch : options.tensors().batches()) {
            measure(batch);
        }
    }

    private void measure(int batch) throws InferenceException, InterruptedException {
        List<BareLoop> sessions = new ArrayList<>();
        try {
            for (int i = 0; i < options.instances(); i++) {
                sessions.add(open(batch));
            }
            for (int concurrency : options.tensors().concurrencies()) {
                run(sessions, concurrency, options.tensors().warmupSeconds());
                System.out.print(measured(batch, concurrency,
                        run(sessions, concurrency, options.tensors().seconds())).toJson());
            }
        } finally {
            sessions.forEach(BareLoop::close);
        }
    }

    private BareLoop open(int batch) throws InferenceException {
        return BareLoop.open(options.file(), options.threads(), options.cuda(),
                shape(options.tensors().inputShape(batch)), shape(options.tensors().outputShape(batch)));
    }

    private static Latencies run(List<BareLoop> sessions, int clients, int seconds)
            throws InferenceException, InterruptedException {
        if (seconds == 0) {
            return Latencies.NONE;
        }
        Course course = Course.from(System.nanoTime(), seconds);
        new QueuedCalls(sessions.stream().<QueuedCalls.Call>map(session -> session::runOnce).toList()).run(clients,
                course);
        return Latencies.merged(course.bySecond().stream());
    }

    private DeviceMeasurement measured(int batch, int concurrency, Latencies latencies) {
        double perSecond = (double) latencies.count() / options.tensors().seconds();
        return new DeviceMeasurement("bare", batch, concurrency, perSecond, latencies);
    }

    private static Shape shape(List<Long> dims) {
        return Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
    }
}
