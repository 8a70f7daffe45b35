package io.nereid.bench.image;

import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.BackendModel;
import io.nereid.backend.CpuBudget;
import io.nereid.backend.InstancePlacement;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.device.CudaDevices;
import io.nereid.backend.image.ImageBackend;
import io.nereid.inference.DataType;
import io.nereid.inference.ElementLayout;
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
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A photograph becomes the tensor of an ImageNet model: decoded, resized and normalised on one decoding thread. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgs = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 4, time = 2)
@SuppressWarnings("NullAway.Init") // JMH calls open first
public class ImageBenchmark {
    private static final String CONFIG = """
            backend: "image" max_batch_size: 8
            parameters { key: "resize" value { string_value: "224x224" } }
            parameters { key: "mean" value { string_value: "0.485, 0.456, 0.406" } }
            parameters { key: "deviation" value { string_value: "0.229, 0.224, 0.225" } }
            """;

    /** A JPEG file, seen from the root of the repository. */
    @Param("examples/food11/images/fruits.jpg")
    private String file;

    private final TensorMemory memory = new TensorMemory(1L << 30, 1L << 26);
    private TensorBuffer input;
    private ImageBackend backend;
    private BackendModel model;
    private ModelInstance instance;
    private BenchmarkBatch batch;
    private QueuedRequest request;

    /** Loads the model. */
    @Setup
    public void open() throws IOException, InferenceException {
        byte[] bytes = Files.readAllBytes(Path.of(file));
        input = memory.allocate(Integer.BYTES + (long) bytes.length);
        input.segment().set(ElementLayout.INT, 0, bytes.length);
        MemorySegment.copy(bytes, 0, input.segment(), ValueLayout.JAVA_BYTE, Integer.BYTES, bytes.length);
        backend = new ImageBackend(new BackendEnvironment(memory, Map.of(), new CpuBudget(1), CudaDevices.NONE));
        ModelVersion version = new ModelVersion("image", 1, Path.of("image"), Path.of("image/1"));
        ModelConfig config = backend.complete(version,
                ModelConfigParser.parse("image", "config.pbtxt", CONFIG, _ -> false));
        model = backend.load(version, config);
        instance = model.createInstance(new InstancePlacement("image_0", InstancePlacement.Kind.CPU, 0, 1, false));
        batch = new BenchmarkBatch(instance, new ModelStatistics(InstantSource.system()));
        Tensor tensor = new Tensor("IMAGE", DataType.BYTES, Shape.of(1, 1), input.segment());
        request = new QueuedRequest(new InferenceRequest("", List.of(tensor), List.of(), 1, RequestOptions.DEFAULT,
                Map.of(), Lease.NONE), new Releasing(), BatchKey.ANY, 0, _ -> {
                });
    }

    /** One image, from the file's bytes to the response. */
    @Benchmark
    public void execute() throws InferenceException, InstanceGoneException {
        batch.run(request);
    }

    /** Closes everything. */
    @TearDown
    public void close() {
        instance.close();
        model.close();
        backend.close();
        input.release();
        memory.close();
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
