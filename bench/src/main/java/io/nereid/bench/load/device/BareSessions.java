package io.nereid.bench.load.device;

import io.nereid.backend.device.CudaIpc;
import io.nereid.backend.device.DriverCuda;
import io.nereid.backend.onnxruntime.binding.OnnxRuntime;
import io.nereid.bench.load.BareLoop;
import io.nereid.bench.load.Course;
import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.QueuedCalls;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.perf.client.Latencies;

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
        checkLibraries();
        if (options.cuda().isEmpty() || !options.bound()) {
            measureAll(this::open);
            return;
        }
        try (DriverCuda cuda = DriverCuda.find(CudaIpc.DRIVER)
                .orElseThrow(() -> new LoadException("CUDA's driver shows no GPU"))) {
            measureAll((input, output) -> BoundLoop.open(cuda, options.file(), options.threads(),
                    options.cuda().orElseThrow(), input, output));
        }
    }

    private void checkLibraries() throws LoadException {
        String obstacle = options.cuda().isPresent() ? OnnxRuntime.cudaObstacle() : "";
        if (!obstacle.isEmpty()) {
            throw new LoadException(obstacle);
        }
    }

    /** Opens a session for shapes with their batch. */
    @FunctionalInterface
    private interface Opening {
        QueuedCalls.OpenCall open(Shape input, Shape output) throws InferenceException;
    }

    private void measureAll(Opening opening) throws InferenceException, InterruptedException {
        for (int batch : options.tensors().batches()) {
            List<QueuedCalls.OpenCall> sessions = new ArrayList<>();
            try {
                for (int i = 0; i < options.instances(); i++) {
                    sessions.add(opening.open(shape(options.tensors().inputShape(batch)),
                            shape(options.tensors().outputShape(batch))));
                }
                measure(sessions, batch);
            } finally {
                sessions.forEach(QueuedCalls.OpenCall::close);
            }
        }
    }

    private void measure(List<? extends QueuedCalls.Call> sessions, int batch)
            throws InferenceException, InterruptedException {
        for (int concurrency : options.tensors().concurrencies()) {
            run(sessions, concurrency, options.tensors().warmupSeconds());
            System.out.print(
                    measured(batch, concurrency, run(sessions, concurrency, options.tensors().seconds())).toJson());
        }
    }

    private BareLoop open(Shape input, Shape output) throws InferenceException {
        return BareLoop.open(options.file(), options.threads(), options.cuda(), input, output);
    }

    private static Latencies run(List<? extends QueuedCalls.Call> sessions, int clients, int seconds)
            throws InferenceException, InterruptedException {
        if (seconds == 0) {
            return Latencies.NONE;
        }
        Course course = Course.from(System.nanoTime(), seconds);
        new QueuedCalls(sessions).run(clients, course);
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
