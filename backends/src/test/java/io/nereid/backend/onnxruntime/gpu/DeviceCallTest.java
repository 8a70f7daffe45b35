package io.nereid.backend.onnxruntime.gpu;

import io.nereid.backend.device.CaptureLock;
import io.nereid.backend.device.CudaStream;
import io.nereid.backend.device.DeviceBuffer;
import io.nereid.backend.device.DevicePool;
import io.nereid.backend.device.DevicePoolSizes;
import io.nereid.backend.device.StandInCuda;
import io.nereid.backend.onnxruntime.OnnxModel;
import io.nereid.backend.onnxruntime.binding.GpuTensors;
import io.nereid.backend.onnxruntime.binding.OnnxRuntime;
import io.nereid.backend.onnxruntime.binding.OrtMemoryInfo;
import io.nereid.backend.onnxruntime.binding.OrtSession;
import io.nereid.backend.onnxruntime.binding.OrtSessionOptions;
import io.nereid.backend.onnxruntime.binding.OrtValue;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import io.nereid.inference.TensorMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Real runs of ONNX Runtime, whose CPU plays the GPU: what it reads and writes "on the device" is memory of a stand-in
 * for CUDA, which checks every call and fails if anything is left.
 */
final class DeviceCallTest {
    private static final int DEVICE = 1;
    private static final int A = 0;
    private static final int B = 1;
    private static final int SUM = 0;
    private static final int HITS = 1;

    @TempDir
    private Path folder;
    private final Arena arena = Arena.ofConfined();
    private final TensorMemory memory = new TensorMemory(1 << 20, 0);
    private final StandInCuda cuda = new StandInCuda(2, 400L << 20);
    private final DevicePool pool = new DevicePool(cuda, DevicePoolSizes.DEFAULT.with(DEVICE, 1024));
    private final CaptureLock captures = new CaptureLock();
    private OnnxRuntime runtime;
    private OrtSession session;
    private OrtMemoryInfo deviceMemory;
    private CudaStream stream;
    private DeviceCall call;

    /** {@code sum = a + b}, in rows of two; {@code hits} where a is not 0. B and hits are on the CPU. */
    @BeforeEach
    void open() throws Exception {
        runtime = OnnxRuntime.open();
        session = session(new OnnxModel().input("a", DataType.FP32, "batch", 2L).input("b", DataType.FP32, "batch", 2L)
                .output("sum", DataType.FP32, "batch", 2L).output("hits", DataType.INT64, 2L, "h")
                .node("Add", "a,b", "sum").node("NonZero", "a", "hits"));
        deviceMemory = runtime.hostMemoryInfo();
        stream = CudaStream.create(cuda, DEVICE);
        call = call(Set.of("a"), Set.of("sum"), List.of());
    }

    private OrtSession session(OnnxModel model) throws IOException, InferenceException {
        try (OrtSessionOptions options = runtime.sessionOptions()) {
            return runtime.session(Files.write(folder.resolve("model.onnx"), model.bytes()), options);
        }
    }

    private DeviceCall call(Set<String> inputs, Set<String> outputs, List<FixedRun> graphs) throws InferenceException {
        return DeviceCall.create("m_0_gpu1", new GpuSession(session, new GpuTensors(inputs, outputs), deviceMemory,
                session.inputs(), session.outputs(), Map.of(), !graphs.isEmpty()), graphs, stream,
                new GpuErrors(cuda, DEVICE), captures, new DeviceCall.Memory(memory, pool));
    }

    @AfterEach
    void everythingIsGivenBack() {
        call.close();
        call.close();
        session.close();
        deviceMemory.close();
        stream.close();
        runtime.close();
        pool.close();
        cuda.close();
        assertThat(memory.bytesInUse()).isZero();
        memory.close();
        arena.close();
    }

    private MemorySegment floats(float... values) {
        return arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
    }

    private static float[] values(MemorySegment data) {
        return data.toArray(ValueLayout.JAVA_FLOAT);
    }

    /** Runs one row of each input, into memory of the caller's. */
    private float[] sumOf(MemorySegment a, MemorySegment b) throws InferenceException {
        Shape row = Shape.of(1, 2);
        MemorySegment sum = floats(0, 0);
        call.begin(1);
        call.input(A, row, a);
        call.input(B, row, b);
        call.outputInto(SUM, row, sum);
        call.run();
        call.clear();
        return values(sum);
    }

    @Test
    void run_hostMemory_isCopiedThereAndBackInOneStreamAndWaitedForOnce() throws Exception {
        MemorySegment sum = floats(9, 9);
        for (int i = 0; i < 3; i++) {
            call.begin(1);
            call.input(A, Shape.of(1, 2), floats(1, 2));
            call.input(B, Shape.of(1, 2), floats(10, 20 + i));
            call.outputInto(SUM, Shape.of(1, 2), sum);
            call.run();
            assertThat(values(sum)).containsExactly(11, 22 + i);
            call.clear();
            // b is read on the host; the buffers stay
            List<String> first = List.of("allocate 256", "toDevice 8", "allocate 256", "zero 8", "toHost 8",
                    "synchronize");
            assertThat(cuda.events()).containsExactlyElementsOf(
                    i == 0 ? first : first.stream().filter(event -> !event.startsWith("allocate")).toList());
        }
        assertThat(call.deviceBytes()).isEqualTo(512);
    }

    @Test
    void input_pieces_lieTogetherOnTheDevice() throws Exception {
        MemorySegment sum = floats(0, 0, 0, 0, 0, 0);
        call.begin(3);
        call.input(A, Shape.of(3, 2), List.of(TensorData.pooled(floats(1, 2)), TensorData.pooled(floats(3, 4, 5, 6))));
        call.input(B, Shape.of(3, 2), List.of(TensorData.pooled(floats(1, 1, 1, 1)), TensorData.pooled(floats(2, 2))));
        call.outputInto(SUM, Shape.of(3, 2), sum);
        call.run();
        call.clear();
        assertThat(values(sum)).containsExactly(2, 3, 4, 5, 7, 8);
    }

    @Test
    void input_onTheDevice_isReadInPlaceOrCopiedWithinIt() throws Exception {
        long region = cuda.allocate(DEVICE, 512);
        cuda.copyToDevice(DEVICE, region, floats(1, 2, 3, 4), stream.address());
        cuda.synchronize(DEVICE, stream.address());
        cuda.events();
        MemorySegment sum = floats(0, 0);
        call.begin(1);
        call.input(A, Shape.of(1, 2), List.of(TensorData.cuda(DEVICE, region, 8)));
        call.input(B, Shape.of(1, 2), List.of(TensorData.cuda(DEVICE, region + 8, 8)));
        call.outputInto(SUM, Shape.of(1, 2), sum);
        call.run();
        call.clear();
        assertThat(values(sum)).containsExactly(4, 6);
        // a is where it is; b comes to the host, where the session reads it
        assertThat(cuda.events()).containsExactly("toHost 8", "synchronize", "allocate 256", "zero 8", "toHost 8",
                "synchronize");

        call.begin(2);
        call.input(A, Shape.of(2, 2),
                List.of(TensorData.cuda(DEVICE, region + 8, 8), TensorData.pooled(floats(7, 8))));
        call.input(B, Shape.of(2, 2), floats(0, 0, 0, 0));
        MemorySegment both = floats(0, 0, 0, 0);
        call.outputInto(SUM, Shape.of(2, 2), both);
        call.run();
        call.clear();
        assertThat(values(both)).containsExactly(3, 4, 7, 8);
        assertThat(cuda.events()).containsExactly("allocate 256", "within 8", "toDevice 8", "zero 16", "toHost 16",
                "synchronize");
        cuda.free(DEVICE, region);
    }

    @Test
    void outputOnDevice_isWrittenThereAndNothingIsCopied() throws Exception {
        long region = cuda.allocate(DEVICE, 512);
        cuda.events();
        assertThat(call.outputDevice(SUM)).isEqualTo(DEVICE);
        assertThat(call.outputDevice(HITS)).isEqualTo(TensorData.NO_DEVICE);
        call.begin(1);
        call.input(A, Shape.of(1, 2), floats(1, 2));
        call.input(B, Shape.of(1, 2), floats(10, 20));
        call.outputOnDevice(SUM, Shape.of(1, 2), TensorData.cuda(DEVICE, region + 256, 8));
        call.run();
        assertThat(cuda.events()).containsExactly("allocate 256", "toDevice 8", "zero 8", "synchronize");
        call.clear();
        assertThat(cuda.events()).isEmpty();
        assertThat(onDevice(region + 256, 2)).containsExactly(11, 22);
        call.begin(1);
        for (TensorData wrong : List.of(TensorData.cuda(DEVICE, region + 128, 8), TensorData.cuda(0, region, 8),
                TensorData.pooled(floats(0, 0)))) {
            assertThatIllegalStateException().isThrownBy(() -> call.outputOnDevice(SUM, Shape.of(1, 2), wrong));
        }
        assertThatIllegalStateException().isThrownBy(
                () -> call.outputOnDevice(HITS, Shape.of(1, 2), TensorData.cuda(DEVICE, region, 16)));
        call.clear();
        cuda.free(DEVICE, region);
    }

    private float[] onDevice(long address, int count) throws Exception {
        MemorySegment back = arena.allocate(ValueLayout.JAVA_FLOAT, count);
        cuda.copyToHost(DEVICE, back, address, stream.address());
        cuda.synchronize(DEVICE, stream.address());
        cuda.events();
        return values(back);
    }

    /** What one instance leaves on the GPU another one reads in a stream of its own, and gives back last of all. */
    @Test
    void outputMemory_goesToAnotherCallAndCountsUntilItIsReleased() throws Exception {
        call.begin(1);
        TensorBuffer sum = Objects.requireNonNull(call.outputMemory(8));
        call.input(A, Shape.of(1, 2), floats(1, 2));
        call.input(B, Shape.of(1, 2), floats(10, 20));
        call.outputOnDevice(SUM, Shape.of(1, 2), sum.data());
        call.run();
        call.clear();
        assertThat(call.deviceBytes()).isEqualTo(256 + 8);
        cuda.events();
        try (CudaStream other = CudaStream.create(cuda, DEVICE)) {
            DeviceCall next = DeviceCall.create("n_0_gpu1",
                    new GpuSession(session, new GpuTensors(Set.of("a"), Set.of("sum")), deviceMemory,
                            session.inputs(), session.outputs(), Map.of(), false),
                    List.of(), other, new GpuErrors(cuda, DEVICE), captures, new DeviceCall.Memory(memory, pool));
            MemorySegment twice = floats(0, 0);
            next.begin(1);
            next.input(A, Shape.of(1, 2), List.of(sum.data()));
            next.input(B, Shape.of(1, 2), floats(1, 1));
            next.outputInto(SUM, Shape.of(1, 2), twice);
            next.run();
            next.clear();
            assertThat(values(twice)).containsExactly(12, 23);
            assertThat(cuda.events()).containsExactly("allocate 256", "zero 8", "toHost 8", "synchronize");
            call.close();
            sum.release();
            assertThat(call.deviceBytes()).isEqualTo(256);
            next.close();
        }
    }

    @Test
    void outputMemory_poolIsUsedUp_isNone() throws Exception {
        call.begin(1);
        assertThat(call.outputMemory(1025)).isNull();
        assertThat(call.deviceBytes()).isZero();
        TensorBuffer all = Objects.requireNonNull(call.outputMemory(1024));
        assertThat(call.outputMemory(1)).isNull();
        assertThat(call.deviceBytes()).isEqualTo(1024);
        all.release();
        call.clear();
    }

    @Test
    void output_ofUnknownShape_isMadeOnTheHost() throws Exception {
        call.begin(1);
        call.input(A, Shape.of(1, 2), floats(0, 2));
        call.input(B, Shape.of(1, 2), floats(0, 0));
        call.output(HITS);
        call.run();
        try (OrtValue hits = call.take(HITS)) {
            assertThat(hits.shape()).isEqualTo(Shape.of(2, 1));
            assertThat(hits.data(DataType.INT64).toArray(ValueLayout.JAVA_LONG)).containsExactly(0, 1);
        }
        call.clear();
    }

    @Test
    void run_atRandom_isRightAndGivesEverythingBack() throws Exception {
        Random random = new Random(4711);
        for (int round = 0; round < 300; round++) {
            int requests = 1 + random.nextInt(4);
            List<TensorData> a = new ArrayList<>();
            List<TensorData> b = new ArrayList<>();
            int rows = 0;
            for (int i = 0; i < requests; i++) {
                int of = random.nextInt(3);
                float[] values = new float[of * 2];
                for (int j = 0; j < values.length; j++) {
                    values[j] = 100 * round + 2 * rows + j;
                }
                a.add(TensorData.pooled(floats(values)));
                b.add(TensorData.pooled(floats(new float[of * 2])));
                rows += of;
            }
            MemorySegment sum = arena.allocate(ValueLayout.JAVA_FLOAT, 2L * rows);
            call.begin(rows);
            call.input(A, Shape.of(rows, 2), a);
            call.input(B, Shape.of(rows, 2), b);
            call.outputInto(SUM, Shape.of(rows, 2), sum);
            call.run();
            call.clear();
            for (int j = 0; j < rows * 2; j++) {
                assertThat(sum.getAtIndex(ValueLayout.JAVA_FLOAT, j)).isEqualTo(100 * round + j);
            }
        }
    }

    @Test
    void input_muchMemory_isGivenBackAfterTheRun() throws Exception {
        int rows = (int) (DeviceBuffer.MUCH_BYTES / 8 + 1);
        MemorySegment large = arena.allocate(8L * rows);
        call.begin(rows);
        call.input(A, Shape.of(rows, 2), large);
        assertThat(cuda.held(DEVICE)).isGreaterThan(DeviceBuffer.MUCH_BYTES);
        call.clear();
        assertThat(cuda.held(DEVICE)).isZero();
        assertThat(call.deviceBytes()).isZero();
    }

    @Test
    void input_deviceIsFull_isUnavailableWithWhatThereIsAndTheNextRunWorks() throws Exception {
        long taken = cuda.allocate(DEVICE, (400L << 20) - 1024);
        MemorySegment large = arena.allocate(8 * 1024);
        call.begin(1024);
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> call.input(A, Shape.of(1024, 2), large))
                .satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.UNAVAILABLE))
                .withMessageContaining("instance 'm_0_gpu1' finds no memory on GPU 1, of whose 400 MiB 0 are free")
                .withMessageContaining("CUDA_ERROR_OUT_OF_MEMORY").withMessageContaining("max_batch_size");
        call.clear();

        assertThat(sumOf(floats(1, 2), floats(1, 2))).containsExactly(2, 4);
        cuda.free(DEVICE, taken);
    }

    /** What was copied before the failure may still be read by the device: clear waits for it. */
    @Test
    void run_thatFails_leavesNothingUnderWay() throws Exception {
        call.begin(1);
        call.input(A, Shape.of(1, 2), floats(1, 2));
        assertThatExceptionOfType(InferenceException.class).isThrownBy(call::run); // b is missing
        cuda.events();
        call.clear();
        assertThat(cuda.events()).containsExactly("synchronize");
        call.begin(1);
        cuda.failCopies(true);
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> call.input(A, Shape.of(1, 2), floats(1, 2)))
                .satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.INTERNAL))
                .withMessageContaining("instance 'm_0_gpu1' failed on GPU 1: cuMemcpyHtoDAsync_v2");
        cuda.failCopies(false);
        call.clear();
    }

    @Test
    void terminate_endsTheNextRun() throws Exception {
        call.begin(1);
        call.input(A, Shape.of(1, 2), floats(1, 2));
        call.input(B, Shape.of(1, 2), floats(1, 2));
        call.output(HITS);
        call.terminate();
        assertThatExceptionOfType(InferenceException.class).isThrownBy(call::run)
                .withMessageContaining("terminate flag");
        call.forgetTermination();
        call.run();
        call.clear();
    }

    /** Only the addresses and the copies can be seen here: that ONNX Runtime replays needs a GPU. */
    @Test
    void prepare_runsOfARecordedSize_useTheSameMemoryEachTime() throws Exception {
        call.close();
        session.close();
        session = session(new OnnxModel().input("a", DataType.FP32, "batch", 2L).input("b", DataType.FP32, "batch", 2L)
                .output("sum", DataType.FP32, "batch", 2L).output("neg", DataType.FP32, "batch", 2L)
                .node("Add", "a,b", "sum").node("Neg", "a", "neg"));
        Shape two = Shape.of(2, 2);
        call = call(Set.of("a", "b"), Set.of("sum", "neg"),
                List.of(new FixedRun(2, List.of(two, two), List.of(two, two))));
        call.prepare();
        assertThat(call.deviceBytes()).isEqualTo(4 * 256);
        cuda.events();
        for (int i = 0; i < 3; i++) {
            MemorySegment neg = floats(0, 0, 0, 0);
            call.begin(2);
            call.input(A, two, List.of(TensorData.pooled(floats(1, 2)), TensorData.pooled(floats(i + 1, 4))));
            call.input(B, two, floats(1, 1, 1, 1));
            call.outputInto(1, two, neg);
            call.run();
            call.clear();
            assertThat(values(neg)).containsExactly(-1, -2, -i - 1, -4);
            assertThat(cuda.events()).containsExactly("toDevice 8", "toDevice 8", "toDevice 16", "zero 16",
                    "toHost 16",
                    "synchronize");
        }
        long region = cuda.allocate(DEVICE, 256);
        cuda.events();
        call.begin(2);
        call.input(A, two, floats(1, 2, 3, 4));
        call.input(B, two, floats(1, 1, 1, 1));
        call.outputOnDevice(1, two, TensorData.cuda(DEVICE, region, 16));
        call.run();
        call.clear();
        assertThat(cuda.events()).as("a graph writes where it was recorded")
                .containsExactly("toDevice 16", "toDevice 16", "zero 16", "within 16", "synchronize");
        assertThat(onDevice(region, 4)).containsExactly(-1, -2, -3, -4);
        cuda.free(DEVICE, region);
        assertThat(sumOf(floats(1, 2), floats(1, 1))).containsExactly(2, 3);
        assertThat(cuda.events()).contains("allocate 256");
        call.begin(2);
        assertThatIllegalStateException().isThrownBy(() -> call.input(A, Shape.of(1, 2), floats(1, 2)));
        call.clear();
    }

    /** ONNX Runtime keeps graphs by thread: a warm-up, on another one, runs without. */
    @Test
    void prepare_otherThread_runsWithoutTheGraph() throws Exception {
        call.close();
        Shape one = Shape.of(1, 2);
        call = call(Set.of("a", "b"), Set.of("sum"),
                List.of(new FixedRun(1, List.of(one, one), List.of(one, Shape.of(2, 1)))));
        Thread other = Thread.ofPlatform().start(call::prepare);
        other.join();
        cuda.events();
        assertThat(sumOf(floats(1, 2), floats(1, 1))).containsExactly(2, 3);
        assertThat(cuda.events()).contains("allocate 256");
    }

    @Test
    void prepare_thatFails_leavesRunsWithoutAGraph() throws Exception {
        call.close();
        Shape one = Shape.of(1, 2);
        call = call(Set.of("a", "b"), Set.of("sum"),
                List.of(new FixedRun(1, List.of(one, one), List.of(one, one))));
        long taken = cuda.allocate(DEVICE, (400L << 20) - 256);
        call.prepare();
        cuda.free(DEVICE, taken);
        assertThat(cuda.held(DEVICE)).isZero();
        assertThat(sumOf(floats(1, 2), floats(1, 1))).containsExactly(2, 3);
    }
}
