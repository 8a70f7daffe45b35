package io.nereid.bench.load;

import io.nereid.backend.CpuBudget;
import io.nereid.backend.onnxruntime.binding.OnnxRuntime;
import io.nereid.backend.onnxruntime.binding.OrtCall;
import io.nereid.backend.onnxruntime.binding.OrtSession;
import io.nereid.backend.onnxruntime.binding.OrtSessionOptions;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * A model with no server around it: one session, run over and over on the same memory. What the server's requests cost
 * beyond this is the server's.
 */
public final class BareLoop implements QueuedCalls.OpenCall {
    private static final Shape FOOD_INPUT = Shape.of(1, 3, 224, 224);
    private static final Shape FOOD_OUTPUT = Shape.of(1, 11);

    private final Arena arena;
    private final OnnxRuntime runtime;
    private final OrtSession session;
    private final OrtCall call;

    private BareLoop(Arena arena, OnnxRuntime runtime, OrtSession session, Shape input, Shape output)
            throws InferenceException {
        this.arena = arena;
        this.runtime = runtime;
        this.session = session;
        this.call = session.call(session.inputs(), session.outputs(), Map.of());
        call.input(0, input, floats(input));
        call.outputInto(0, output, floats(output));
    }

    /** Opens the food classifier as the server does for a configuration with one instance. */
    public static BareLoop ofFood(Path model) throws InferenceException {
        return open(model, CpuBudget.ofThisProcess().threadsPerInstance(1), FOOD_INPUT, FOOD_OUTPUT);
    }

    /** The same as {@link #open(Path, int, Optional, Shape, Shape)} on the CPU. */
    public static BareLoop open(Path model, int threads, Shape input, Shape output) throws InferenceException {
        return open(model, threads, Optional.empty(), input, output);
    }

    /**
     * Opens a model with one FP32 input and one FP32 output; used by one thread at a time.
     *
     * @param threads intra-op threads of the session
     * @param cuda settings of the CUDA provider, {@code device_id} among them; empty for the CPU
     * @param input the whole shape, with its batch
     * @param output the whole shape, with its batch
     */
    @SuppressWarnings("MustBeClosedChecker") // the loop owns the arena and closes it
    public static BareLoop open(Path model, int threads, Optional<Map<String, String>> cuda, Shape input, Shape output)
            throws InferenceException {
        OnnxRuntime runtime = OnnxRuntime.open();
        try (OrtSessionOptions options = runtime.sessionOptions()) {
            options.graphLevel(OrtSessionOptions.GraphLevel.ALL);
            options.intraOpThreads(threads);
            if (cuda.isPresent()) {
                options.appendCuda(cuda.get());
            }
            return new BareLoop(Arena.ofShared(), runtime, runtime.session(model, options), input, output);
        }
    }

    private MemorySegment floats(Shape shape) throws InferenceException {
        MemorySegment data = arena.allocate(ValueLayout.JAVA_FLOAT, shape.elementCount());
        for (int i = 0; i < shape.elementCount(); i++) {
            data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) Math.sin(i));
        }
        return data;
    }

    /** Runs for so long, which blocks. */
    Measurement measure(int seconds) throws InferenceException {
        ProcessCost before = ProcessCost.now();
        long start = System.nanoTime();
        long calls = 0;
        long elapsed;
        do {
            call.run();
            calls++;
            elapsed = System.nanoTime() - start;
        } while (elapsed < seconds * 1_000_000_000L);
        WrkReport report = new WrkReport(calls, calls * 1e9 / elapsed, "-", "-", 0);
        return new Measurement("bare ONNX Runtime call", 1, report, ProcessCost.now().since(before));
    }

    /** Runs once, which blocks. */
    @Override
    public void run() throws InferenceException {
        call.run();
    }

    /** Runs so often, which blocks, and returns what the middle one of the calls took. */
    public long medianNanos(int calls) throws InferenceException {
        long[] nanos = new long[calls];
        for (int i = 0; i < calls; i++) {
            long start = System.nanoTime();
            call.run();
            nanos[i] = System.nanoTime() - start;
        }
        Arrays.sort(nanos);
        return nanos[calls / 2];
    }

    @Override
    public void close() {
        call.close();
        session.close();
        runtime.close();
        arena.close();
    }
}
