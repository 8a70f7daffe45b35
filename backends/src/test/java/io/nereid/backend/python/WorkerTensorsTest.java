package io.nereid.backend.python;

import io.nereid.backend.Requests;
import io.nereid.backend.RunningModel;
import io.nereid.backend.worker.IncomingTensors;
import io.nereid.backend.worker.ModelTensors;
import io.nereid.backend.worker.OutputRules;
import io.nereid.backend.worker.RequestWriter;
import io.nereid.backend.worker.ResponseReader;
import io.nereid.backend.worker.memory.Extents;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.Location;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.message.WireTensor;
import io.nereid.backend.workermemory.FileWorkerMemory;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Outcome;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import io.nereid.inference.TensorMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Tensors on their way to and from a worker that is not there: where they lie, and who has their memory. */
class WorkerTensorsTest {
    private static final int LONG = RequestWriter.MAX_INLINE / Float.BYTES + 1;

    private final TensorMemory pooled = new PoisonedMemory(1 << 20, 1 << 20);
    private final FileWorkerMemory shared = new FileWorkerMemory(1 << 20, 1 << 20, Path.of("/tmp"), "");
    private final Extents extents = new Extents();

    @AfterEach
    void memory_afterEachTest_isGivenBack() {
        extents.close();
        assertThat(pooled.bytesInUse()).isZero();
        assertThat(shared.memory().bytesInUse()).isZero();
        shared.close();
    }

    private static FrameWriter frame() {
        return new FrameWriter(64).begin(1);
    }

    private static FrameReader reader(FrameWriter writer) throws MalformedFrameException {
        return FrameReader.of(Arrays.copyOf(writer.end().bytes(), writer.size()));
    }

    private static float[] counting(int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = i;
        }
        return values;
    }

    /** Memory in the workers' file with these values, which a worker was granted. */
    private long granted(float... values) throws InferenceException {
        TensorBuffer buffer = inFile(values);
        long offset = shared.offsetOf(buffer.data());
        extents.grant(offset, buffer.segment().byteSize(), buffer);
        return offset;
    }

    private TensorBuffer inFile(float... values) throws InferenceException {
        byte[] bytes = Requests.bytes(values);
        TensorBuffer buffer = shared.allocator().allocate(bytes.length);
        buffer.segment().asByteBuffer().put(bytes);
        return buffer;
    }

    private Outcome answer(FrameWriter out, String... wanted) throws Exception {
        OutputRules rules = new OutputRules("m", ModelTensors.of(RunningModel.config("m", """
                backend: "python"
                output { name: "A" data_type: TYPE_FP32 dims: [ 1, -1 ] reshape { shape: [ -1 ] } }
                output { name: "B" data_type: TYPE_FP32 dims: [ -1 ] }
                """)), true);
        ResponseReader responses = new ResponseReader(rules, new IncomingTensors(shared, extents, pooled));
        InferenceRequest request = Requests.in(pooled).wanting(wanted).build();
        return responses.response(reader(out), request);
    }

    private static FrameWriter inline(FrameWriter out, String name, float... values) {
        return out.tensorHead(name, DataType.FP32, Shape.of(values.length))
                .inline(MemorySegment.ofArray(Requests.bytes(values)));
    }

    @Test
    void response_inlineAndShared_keepsBothUntilItIsReleased() throws Exception {
        long offset = granted(counting(LONG));
        FrameWriter out = frame().str("{\"p\":5}").u32(2);
        inline(out, "A", 1, 2, 3).tensorHead("B", DataType.FP32, Shape.of(LONG)).shared(offset, 4L * LONG);

        InferenceResponse response = (InferenceResponse) answer(out);
        extents.free(offset);

        assertThat(response.parameters()).containsExactly(Map.entry("p", new ParameterValue.Int(5)));
        Tensor a = Requests.output(response, "A");
        assertThat(a.shape()).isEqualTo(Shape.of(1, 3));
        assertThat(Requests.floats(a)).containsExactly(1, 2, 3);
        Tensor b = Requests.output(response, "B");
        assertThat(b.memory().kind()).isEqualTo(TensorData.Kind.SHARED);
        assertThat(Requests.floats(b)).isEqualTo(counting(LONG));
        assertThat(shared.memory().bytesInUse()).isPositive();
        response.memory().release();
    }

    @Test
    void response_outputThatIsNotWanted_isLeftOut() throws Exception {
        FrameWriter out = frame().str("").u32(3);
        inline(inline(inline(out, "A", 1), "B", 2), "OF_THE_MODELS_OWN", 3);

        InferenceResponse response = (InferenceResponse) answer(out, "B");

        assertThat(response.outputs()).map(Tensor::name).containsExactly("B");
        response.memory().release();
    }

    @Test
    void response_contradictsTheConfiguration_isTheError() throws Exception {
        long offset = granted(counting(LONG));
        FrameWriter out = frame().str("").u32(2).tensorHead("B", DataType.FP32, Shape.of(LONG))
                .shared(offset, 4L * LONG)
                .tensorHead("A", DataType.INT32, Shape.of(1)).shared(offset, 4);

        InferenceException error = (InferenceException) answer(out);

        assertThat(error.code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(error.text()).contains("output 'A'");
    }

    @Test
    void keep_rangeThatTheWorkerDoesNotHave_releasesTheOthers() throws Exception {
        long offset = granted(counting(LONG));
        List<WireTensor> sent = new ArrayList<>();
        for (long at : new long[]{offset, offset + 4L * LONG}) {
            sent.add(new WireTensor("X", DataType.FP32, Shape.of(LONG), new Location.Shared(at, 4L * LONG)));
        }

        assertThatThrownBy(() -> new IncomingTensors(shared, extents, pooled).keep(sent))
                .isInstanceOf(MalformedFrameException.class);
        extents.free(offset);

        assertThat(shared.memory().bytesInUse()).isZero();
    }

    @Test
    void keep_noMemoryForWhatIsInline_isUnavailable() throws Exception {
        byte[] tooMuch = new byte[100];
        TensorBuffer all = pooled.allocate(1 << 20);
        List<WireTensor> sent = List.of(new WireTensor("X", DataType.UINT8, Shape.of(tooMuch.length),
                new Location.Inline(MemorySegment.ofArray(tooMuch))));

        assertThatThrownBy(() -> new IncomingTensors(shared, extents, pooled).keep(sent))
                .isInstanceOfSatisfying(InferenceException.class, e -> assertThat(e.code())
                        .isEqualTo(ErrorCode.UNAVAILABLE));
        all.release();
    }

    private List<WireTensor> sentToWorker(InferenceResponse response) throws Exception {
        FrameWriter out = frame();
        new OutgoingTensors(shared, extents).write(out, response);
        FrameReader in = reader(out);
        assertThat(in.str()).isEqualTo("");
        return in.tensors();
    }

    @Test
    void write_shortTensor_isInline() throws Exception {
        TensorBuffer memory = inFile(1, 2);

        List<WireTensor> sent = sentToWorker(new InferenceResponse(List.of(new Tensor("A", DataType.FP32, Shape.of(2),
                memory.data())), Map.of(), memory));

        assertThat(sent).singleElement().satisfies(tensor -> {
            assertThat(tensor.location()).isInstanceOf(Location.Inline.class);
            assertThat(tensor.location().length()).isEqualTo(8);
        });
        assertThat(shared.memory().bytesInUse()).isZero();
    }

    @Test
    void write_longTensorInTheFile_isGrantedWhereItLies() throws Exception {
        TensorBuffer memory = inFile(counting(LONG));
        long offset = shared.offsetOf(memory.data());
        Tensor tensor = new Tensor("A", DataType.FP32, Shape.of(LONG), memory.data());

        List<WireTensor> sent = sentToWorker(new InferenceResponse(List.of(tensor, tensor), Map.of(), memory));

        assertThat(sent).map(WireTensor::location)
                .containsExactly(new Location.Shared(offset, 4L * LONG), new Location.Shared(offset, 4L * LONG));
        extents.free(offset);
        assertThat(shared.memory().bytesInUse()).isPositive();
        extents.free(offset);
        assertThat(shared.memory().bytesInUse()).isZero();
    }

    @Test
    void write_longTensorElsewhere_isCopiedIntoTheFile() throws Exception {
        TensorBuffer memory = pooled.allocate(4L * LONG);
        memory.segment().asByteBuffer().put(Requests.bytes(counting(LONG)));

        List<WireTensor> sent = sentToWorker(new InferenceResponse(List.of(new Tensor("A", DataType.FP32,
                Shape.of(LONG), memory.data())), Map.of(), memory));

        assertThat(pooled.bytesInUse()).isZero();
        Location.Shared copy = (Location.Shared) sent.getFirst().location();
        assertThat(shared.range(copy.offset(), copy.length()).toArray(ValueLayout.JAVA_FLOAT))
                .isEqualTo(counting(LONG));
    }

    @Test
    void write_noMemoryForACopy_leavesNothingWithTheWorker() throws Exception {
        TensorBuffer inPlace = inFile(counting(LONG));
        TensorBuffer large = pooled.allocate(1 << 20);
        Tensor first = new Tensor("A", DataType.FP32, Shape.of(LONG), inPlace.data());
        Tensor second = new Tensor("B", DataType.UINT8, Shape.of(1 << 20), large.data());
        InferenceResponse response = new InferenceResponse(List.of(first, second), Map.of(), () -> {
            inPlace.release();
            large.release();
        });

        assertThatThrownBy(() -> new OutgoingTensors(shared, extents).write(frame(), response))
                .isInstanceOf(InferenceException.class);
        assertThat(shared.memory().bytesInUse()).isZero();
    }
}
