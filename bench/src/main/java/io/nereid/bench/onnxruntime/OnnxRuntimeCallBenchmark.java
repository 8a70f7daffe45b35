package io.nereid.bench.onnxruntime;

import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.BackendModel;
import io.nereid.backend.CpuBudget;
import io.nereid.backend.InstancePlacement;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.device.CudaDevices;
import io.nereid.backend.onnxruntime.OnnxModel;
import io.nereid.backend.onnxruntime.OnnxRuntimeBackend;
import io.nereid.backend.onnxruntime.binding.OnnxRuntime;
import io.nereid.backend.onnxruntime.binding.OrtCall;
import io.nereid.backend.onnxruntime.binding.OrtSession;
import io.nereid.backend.onnxruntime.binding.OrtSessionOptions;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigParser;
import io.nereid.scheduler.BatchKey;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.scheduler.instance.BenchmarkBatch;
import io.nereid.scheduler.instance.InstanceGoneException;
import io.nereid.scheduler.instance.ModelInstance;
import io.nereid.statistics.ModelStatistics;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One request through the onnxruntime backend, with all that an instance thread does around it, next to the bare native
 * call that it cannot do without. The model repeats its input, so that nothing but the call is measured.
 */
@SuppressWarnings("NullAway.Init") // JMH calls open() before anything else
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgs = "--enable-native-access=ALL-UNNAMED")
public class OnnxRuntimeCallBenchmark {
    /** 64 bytes, and the 602 KB of an image. */
    @Param({"16", "150528"})
    private int elements;

    private final TensorMemory memory = new TensorMemory(1 << 30, 1 << 28);
    private Path directory;
    private TensorBuffer input;
    private TensorBuffer output;

    private OnnxRuntime runtime;
    private OrtSession session;
    private OrtCall call;

    private OnnxRuntimeBackend backend;
    private BackendModel model;
    private ModelInstance instance;
    private BenchmarkBatch batch;
    private QueuedRequest request;

    /** Opens the model twice: by the binding alone, and by the backend. */
    @Setup
    public void open() throws IOException, InferenceException {
        directory = Files.createTempDirectory("nereid-bench-");
        Path version = Files.createDirectories(directory.resolve("1"));
        Path file = Files.write(version.resolve("model.onnx"), identity(elements));
        input = memory.allocate(4L * elements);
        input.segment().fill((byte) 0);
        output = memory.allocate(4L * elements);
        openNative(file);
        openBackend(version);
    }

    private static byte[] identity(int elements) {
        return new OnnxModel().input("x", DataType.FP32, "batch", elements)
                .output("y", DataType.FP32, "batch", elements).node("Identity", "x", "y").bytes();
    }

    private void openNative(Path file) throws InferenceException {
        runtime = OnnxRuntime.open();
        try (OrtSessionOptions options = runtime.sessionOptions()) {
            options.intraOpThreads(1);
            session = runtime.session(file, options);
        }
        call = session.call(session.inputs(), session.outputs(), Map.of());
        call.input(0, Shape.of(1, elements), input.segment());
        call.outputInto(0, Shape.of(1, elements), output.segment());
    }

    private void openBackend(Path version) throws InferenceException {
        backend = new OnnxRuntimeBackend(
                new BackendEnvironment(memory, Map.of(), new CpuBudget(1), CudaDevices.NONE));
        ModelVersion location = new ModelVersion("identity", 1, directory, version);
        ModelConfig incomplete = ModelConfigParser.parse("identity", "config.pbtxt", "backend: \"onnxruntime\"",
                file -> false);
        ModelConfig config = backend.complete(location, incomplete);
        model = backend.load(location, config);
        instance = model.createInstance(new InstancePlacement("identity_0", InstancePlacement.Kind.CPU, 0, 1, false));
        batch = new BenchmarkBatch(instance, new ModelStatistics(InstantSource.system()));
        Tensor tensor = new Tensor("x", DataType.FP32, Shape.of(1, elements), input.segment());
        request = new QueuedRequest(new InferenceRequest("", List.of(tensor), List.of(), 1, RequestOptions.DEFAULT,
                Map.of(), Lease.NONE), new Releasing(), BatchKey.ANY, 0, _ -> {
                });
    }

    /** ONNX Runtime's Run, with everything prepared. */
    @Benchmark
    public void nativeCall() throws InferenceException, InstanceGoneException {
        call.run();
    }

    /** A batch of one: inputs given, outputs allocated, run, answered, recorded and released. */
    @Benchmark
    public void backendExecute() throws InferenceException, InstanceGoneException {
        batch.run(request);
    }

    /** Closes everything. */
    @TearDown
    public void close() throws IOException {
        instance.close();
        model.close();
        backend.close();
        call.close();
        session.close();
        runtime.close();
        input.release();
        output.release();
        memory.close();
        Files.delete(directory.resolve("1/model.onnx"));
        Files.delete(directory.resolve("1"));
        Files.delete(directory);
    }

    private static final class Releasing implements ResponseListener {
        @Override
        public void onResponse(InferenceResponse response, boolean last) {
            response.memory().release();
        }

        @Override
        public void onError(InferenceException error) {
            throw new AssertionError(error.text(), error);
        }
    }
}
