package io.nereid.backend.onnxruntime;

import io.nereid.backend.Backend;
import io.nereid.backend.Requests;
import io.nereid.backend.RunningModel;
import io.nereid.backend.device.StandInCuda;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.OutputPlace;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorData;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;

/** Outputs that stay on a GPU, which is none: a stand-in checks every call, and fails if anything is left. */
final class OutputsOnDeviceTest extends OnnxRuntimeTest {
    private static final int DEVICE = StandInGpuBackend.DEVICE;
    private static final OnnxModel NEGATION = new OnnxModel().input("x", DataType.FP32, "batch", 2L)
            .output("y", DataType.FP32, "batch", 2L).node("Neg", "x", "y");
    private static final OnnxModel TWO = new OnnxModel().input("x", DataType.FP32, "batch", 2L)
            .output("y", DataType.FP32, "batch", 2L).output("z", DataType.FP32, "batch", 2L).node("Neg", "x", "y")
            .node("Abs", "x", "z");
    private static final OutputPlace ON_DEVICE = new OutputPlace.OnDevice(DEVICE);

    private final StandInCuda cuda = new StandInCuda(2, 80L << 20);
    private long region;

    @Override
    protected Backend wrapped(OnnxRuntimeBackend real) {
        return new StandInGpuBackend(real, environment(), cuda);
    }

    @BeforeEach
    void allocateRegion() throws Exception {
        region = cuda.allocate(DEVICE, 1024);
    }

    @AfterEach
    void freeRegion() {
        cuda.free(DEVICE, region);
    }

    private OutputPlace given(long offset, long byteSize) {
        return new OutputPlace.Given(TensorData.cuda(DEVICE, region + offset, byteSize));
    }

    private InferenceRequest request(OutputPlace place, float... values) throws Exception {
        return Requests.in(memory).floats("x", Shape.of(values.length / 2, 2), values).rows(values.length / 2)
                .wanting("y").build().withPlaces(List.of(place));
    }

    /** What a test reads of the device: only it knows that the stand-in's memory is the host's. */
    private static float[] values(TensorData data) {
        return MemorySegment.ofAddress(data.address()).reinterpret(data.length()).toArray(ValueLayout.JAVA_FLOAT);
    }

    private static Tensor y(InferenceResponse response) {
        return Requests.output(response, "y");
    }

    private List<String> copies() {
        return cuda.events().stream().filter(event -> event.matches("(toHost|within) .*")).toList();
    }

    @Test
    void given_memoryOfTheClient_isWrittenByTheModelItself() throws Exception {
        try (RunningModel model = start(NEGATION, "max_batch_size: 8")) {
            InferenceResponse response = model.runOne(request(given(256, 100), 1, 2, 3, 4));
            assertThat(y(response).memory()).isEqualTo(TensorData.cuda(DEVICE, region + 256, 16));
            assertThat(y(response).shape()).isEqualTo(Shape.of(2, 2));
            assertThat(values(y(response).memory())).containsExactly(-1, -2, -3, -4);
            assertThat(copies()).isEmpty();
            response.memory().release();
        }
    }

    @Test
    void given_memoryThatCannotBeWrittenByAModel_leavesTheOutputInHostMemory() throws Exception {
        try (RunningModel model = start(NEGATION, "max_batch_size: 8")) {
            for (OutputPlace place : List.of(given(0, 7), given(128, 100), OutputPlace.HOST,
                    new OutputPlace.Given(TensorData.cuda(1, region, 100)), new OutputPlace.OnDevice(1))) {
                InferenceResponse response = model.runOne(request(place, 1, 2));
                assertThat(Requests.floats(y(response))).as(place.toString()).containsExactly(-1, -2);
                assertThat(copies()).containsExactly("toHost 8");
                response.memory().release();
            }
        }
    }

    /** Written while it is read, an input would be another one; written by two, an output would be neither. */
    @Test
    void given_memoryThatOverlaps_leavesTheOutputInHostMemory() throws Exception {
        MemorySegment.ofAddress(region).reinterpret(16).copyFrom(MemorySegment.ofArray(new float[]{1, 2, 3, 4}));
        Tensor x = new Tensor("x", DataType.FP32, Shape.of(2, 2), TensorData.cuda(DEVICE, region, 16));
        InferenceRequest request = new InferenceRequest("id", List.of(x), List.of("y"), 2, RequestOptions.DEFAULT,
                Map.of(), Lease.NONE);
        try (RunningModel model = start(NEGATION, "max_batch_size: 8")) {
            InferenceResponse response = model.runOne(request.withPlaces(List.of(given(0, 1024))));
            assertThat(Requests.floats(y(response))).containsExactly(-1, -2, -3, -4);
            response.memory().release();
        }
        try (RunningModel model = start(TWO, "max_batch_size: 8")) {
            InferenceResponse response = model.runOne(Requests.in(memory).floats("x", Shape.of(1, 2), 1, -2)
                    .wanting("y", "z").build().withPlaces(List.of(given(512, 256), given(512, 256))));
            assertThat(values(y(response).memory())).containsExactly(-1, 2);
            assertThat(Requests.floats(Requests.output(response, "z"))).containsExactly(1, 2);
            response.memory().release();
        }
    }

    @Test
    void onDevice_isTheResponsesUntilItIsReleased() throws Exception {
        try (RunningModel model = start(TWO, "max_batch_size: 8")) {
            OnnxRuntimeInstance instance = (OnnxRuntimeInstance) model.instance();
            InferenceResponse response = model.runOne(Requests.in(memory).floats("x", Shape.of(1, 2), 1, -2)
                    .wanting("y", "z").build().withPlaces(List.of(ON_DEVICE, OutputPlace.HOST)));
            assertThat(values(y(response).memory())).containsExactly(-1, 2);
            assertThat(Requests.floats(Requests.output(response, "z"))).containsExactly(1, 2);
            assertThat(copies()).containsExactly("toHost 8");
            long held = instance.gpuBytes();
            response.memory().release();
            assertThat(instance.gpuBytes()).isEqualTo(held - 8);
        }
    }

    /** The next model reads it in place, in a stream of its own. */
    @Test
    void onDevice_goesThroughTwoModelsWithoutTheHost() throws Exception {
        try (RunningModel first = start(NEGATION, "max_batch_size: 8");
                RunningModel second = start(NEGATION, "max_batch_size: 8")) {
            InferenceResponse between = first.runOne(request(ON_DEVICE, 1, 2, 3, 4));
            cuda.events();
            Tensor x = new Tensor("x", DataType.FP32, Shape.of(2, 2), y(between).memory());
            InferenceResponse last = second.runOne(new InferenceRequest("id", List.of(x), List.of("y"), 2,
                    RequestOptions.DEFAULT, Map.of(), between.memory()));
            assertThat(Requests.floats(y(last))).containsExactly(1, 2, 3, 4);
            assertThat(cuda.events()).containsExactly("allocate 256", "zero 16", "toHost 16", "synchronize");
            last.memory().release();
        }
    }

    @Test
    void onDevice_batchOfSeveral_sharesTheMemoryOfAllRows() throws Exception {
        try (RunningModel model = start(NEGATION, "max_batch_size: 8")) {
            List<InferenceResponse> responses = model.runAll(request(ON_DEVICE, 1, 2), request(ON_DEVICE, 3, 4, 5, 6));
            assertThat(values(y(responses.get(0)).memory())).containsExactly(-1, -2);
            assertThat(values(y(responses.get(1)).memory())).containsExactly(-3, -4, -5, -6);
            assertThat(copies()).isEmpty();
            responses.get(0).memory().release();
            assertThat(values(y(responses.get(1)).memory())).containsExactly(-3, -4, -5, -6);
            responses.get(1).memory().release();
        }
    }

    @Test
    void batchOfSeveral_ofWhichOneWantsItElsewhere_isInHostMemory() throws Exception {
        try (RunningModel model = start(NEGATION, "max_batch_size: 8")) {
            for (OutputPlace other : List.of(OutputPlace.HOST, given(0, 1024))) {
                List<InferenceResponse> responses = model.runAll(request(ON_DEVICE, 1, 2), request(other, 3, 4));
                assertThat(Requests.floats(y(responses.get(0)))).containsExactly(-1, -2);
                assertThat(Requests.floats(y(responses.get(1)))).containsExactly(-3, -4);
                assertThat(copies()).containsExactly("toHost 16");
                responses.forEach(response -> response.memory().release());
            }
        }
    }

    @Test
    void onDevice_gpuIsFull_isInHostMemoryAndTheNextOnesRun() throws Exception {
        long taken = cuda.allocate(DEVICE, 60L << 20);
        try (RunningModel model = start(NEGATION, "max_batch_size: 8")) {
            for (int i = 0; i < 2; i++) {
                InferenceResponse response = model.runOne(request(ON_DEVICE, 1, 2));
                assertThat(Requests.floats(y(response))).containsExactly(-1, -2);
                response.memory().release();
            }
        }
        cuda.free(DEVICE, taken);
    }

    /** Known only when it has run, in memory for fewer rows. */
    @Test
    void place_modelThatLiesAboutItsShape_isInHostMemory() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "batch", 2L)
                .output("y", DataType.FP32, "batch", 2L)
                .constant("repeats", DataType.INT64,
                        ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(2).putLong(1).array(), 2)
                .node("Tile", "x,repeats", "y");
        for (OutputPlace place : List.of(ON_DEVICE, given(0, 1024))) {
            try (RunningModel running = start(model, "max_batch_size: 8")) {
                for (int i = 0; i < 2; i++) {
                    InferenceResponse response = running.runOne(request(place, 1, 2));
                    assertThat(Requests.floats(y(response))).containsExactly(1, 2, 1, 2);
                    response.memory().release();
                }
            }
        }
    }

    @Test
    void run_thatFails_givesBackWhatWouldHaveStayed() throws Exception {
        try (RunningModel model = start(NEGATION, "max_batch_size: 8")) {
            cuda.failCopies(true);
            assertThat(Objects.requireNonNull(model.run(request(ON_DEVICE, 1, 2)).getFirst()).toString())
                    .contains("failed on GPU 0");
            cuda.failCopies(false);
            InferenceResponse response = model.runOne(request(ON_DEVICE, 1, 2));
            assertThat(values(y(response).memory())).containsExactly(-1, -2);
            response.memory().release();
        }
    }
}
