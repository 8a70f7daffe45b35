package io.nereid.backend.worker;

import io.nereid.backend.RunningModel;
import io.nereid.backend.worker.memory.Extents;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.Frames;
import io.nereid.backend.worker.message.Location;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.message.ParametersJson;
import io.nereid.backend.worker.message.WireTensor;
import io.nereid.backend.workermemory.FileWorkerMemory;
import io.nereid.inference.CorrelationId;
import io.nereid.inference.CountingLease;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.Lease;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.RequestTimes;
import io.nereid.inference.RequestTrace;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Requests as a worker reads them, and who has the memory of their inputs. */
class RequestWriterTest {
    private static final int MAX = RequestWriter.MAX_INLINE;
    private static final RequestWriter.Keeper NOBODY = () -> {
        throw new AssertionError("nothing of the request's memory is handed on");
    };

    private final FileWorkerMemory shared = new FileWorkerMemory(1 << 20, 1 << 20, Path.of("/tmp"), "");
    private final Extents extents = new Extents();
    private final RequestWriter writer = new RequestWriter(ModelTensors.of(RunningModel.config("m", """
            backend: "python"
            max_batch_size: 4
            input { name: "R" data_type: TYPE_UINT8 dims: [ 1, -1 ] reshape { shape: [ -1 ] } }
            output { name: "OUT" data_type: TYPE_FP32 dims: -1 }
            """)), shared, extents);
    private final CountingLease memory = new CountingLease();

    @AfterEach
    void close() {
        extents.close();
        assertThat(shared.memory().bytesInUse()).isZero();
        shared.close();
    }

    private static MemorySegment bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return MemorySegment.ofArray(bytes);
    }

    private static Tensor heap(String name, int length) {
        return new Tensor(name, DataType.UINT8, Shape.of(length), bytes(length));
    }

    private Tensor inShared(String name, int length, List<TensorBuffer> owned) throws InferenceException {
        TensorBuffer buffer = shared.allocator().allocate(length);
        buffer.segment().copyFrom(bytes(length));
        owned.add(buffer);
        return new Tensor(name, DataType.UINT8, Shape.of(length), buffer.data());
    }

    private static RunningRequest request(List<Tensor> inputs, List<String> outputs, RequestOptions options,
            Map<String, ParameterValue> parameters, @Nullable RequestTrace trace) {
        return new RunningRequest(9, new InferenceRequest("the id", inputs, outputs, 1, options, parameters,
                Lease.NONE).withTimes(new RequestTimes(), trace), () -> false);
    }

    private static RunningRequest request(Tensor... inputs) {
        return request(List.of(inputs), List.of(), RequestOptions.DEFAULT, Map.of(), null);
    }

    private static List<WireTensor> tensors(FrameWriter out) throws MalformedFrameException {
        FrameReader in = Frames.read(out);
        assertThat(in.i64()).isEqualTo(9);
        assertThat(in.str()).isEqualTo("the id");
        assertThat(SequenceIds.read(in)).isEqualTo(RequestOptions.DEFAULT);
        assertThat(in.str()).isEmpty();
        assertThat(in.flag()).isFalse();
        assertThat(in.flag()).isFalse();
        List<WireTensor> tensors = in.tensors();
        in.end();
        return tensors;
    }

    private byte[] data(WireTensor tensor) {
        MemorySegment data = switch (tensor.location()) {
            case Location.Inline(MemorySegment inline) -> inline;
            case Location.Shared(long offset, long length) -> shared.range(offset, length);
        };
        return data.toArray(ValueLayout.JAVA_BYTE);
    }

    @Test
    void write_everyField_isReadAsItWas() throws Exception {
        RequestOptions options = new RequestOptions(0, 5, CorrelationId.of(77), false, true);
        Map<String, ParameterValue> parameters = Map.of("p", new ParameterValue.Int(3));
        RunningRequest running = request(List.of(), List.of("B", "A"), options, parameters,
                () -> "{\"traceparent\":1}");
        FrameWriter out = Frames.of(1);

        writer.write(out, running, NOBODY);

        FrameReader in = Frames.read(out);
        assertThat(in.i64()).isEqualTo(9);
        assertThat(in.str()).isEqualTo("the id");
        assertThat(SequenceIds.read(in)).isEqualTo(options);
        assertThat(ParametersJson.read(in.str())).isEqualTo(parameters);
        assertThat(in.flag()).isTrue();
        assertThat(in.strings()).containsExactly("B", "A");
        assertThat(in.flag()).isTrue();
        assertThat(in.str()).isEqualTo("{\"traceparent\":1}");
        assertThat(in.tensors()).isEmpty();
        in.end();
    }

    @Test
    void write_traceOfAKindWithoutContext_isNone() throws Exception {
        FrameWriter out = Frames.of(1);
        writer.write(out, request(List.of(), List.of(), RequestOptions.DEFAULT, Map.of(), () -> null), NOBODY);
        assertThat(tensors(out)).isEmpty();
    }

    @Test
    void write_inputsOfAllLengths_shortOnesAreInTheMessageAndOthersCopied() throws Exception {
        FrameWriter out = Frames.of(1);
        RunningRequest running = request(heap("empty", 0), heap("one", 1), heap("longest", MAX), heap("long", MAX + 1),
                heap("longer", 50_000));

        writer.write(out, running, NOBODY);

        List<WireTensor> tensors = tensors(out);
        assertThat(tensors).extracting(tensor -> tensor.location() instanceof Location.Inline)
                .containsExactly(true, true, true, false, false);
        for (WireTensor tensor : tensors) {
            int length = Math.toIntExact(tensor.location().length());
            assertThat(tensor.shape()).isEqualTo(Shape.of(length));
            assertThat(data(tensor)).isEqualTo(bytes(length).toArray(ValueLayout.JAVA_BYTE));
        }
        assertThat(shared.memory().bytesInUse()).isPositive();
        running.takeBack(extents);
        assertThat(shared.memory().bytesInUse()).isZero();
    }

    @Test
    void write_reshapedInput_hasTheShapeOfTheModel() throws Exception {
        FrameWriter out = Frames.of(1);
        writer.write(out, request(new Tensor("R", DataType.UINT8, Shape.of(2, 1, 5), bytes(10))), NOBODY);
        assertThat(tensors(out)).singleElement().satisfies(tensor -> assertThat(tensor.shape())
                .isEqualTo(Shape.of(2, 5)));
    }

    @Test
    void write_inputsInSharedMemory_stayThereAndAreKeptOnceForAll() throws Exception {
        List<TensorBuffer> owned = new ArrayList<>();
        Tensor first = inShared("first", 20_000, owned);
        Tensor second = inShared("second", MAX + 1, owned);
        Tensor small = inShared("small", MAX, owned);
        FrameWriter out = Frames.of(1);
        RunningRequest running = request(first, second, small);

        writer.write(out, running, () -> memory);

        List<WireTensor> tensors = tensors(out);
        assertThat(tensors.getFirst().location())
                .isEqualTo(new Location.Shared(shared.offsetOf(first.memory()), 20_000));
        assertThat(tensors.get(2).location()).isInstanceOf(Location.Inline.class);
        Lease part = extents.keep(new Location.Shared(shared.offsetOf(first.memory()) + 10, 100));
        running.takeBack(extents);
        assertThat(memory.releases()).as("a response lies in an input").isZero();
        part.release();
        assertThat(memory.releases()).isEqualTo(1);
        owned.forEach(TensorBuffer::release);
    }

    @Test
    void write_inputThatOthersHaveToo_saysSo() throws Exception {
        List<TensorBuffer> owned = new ArrayList<>();
        Tensor alone = inShared("alone", 20_000, owned);
        assertThat(kindOfLastTensor(alone)).isEqualTo((byte) 1);
        assertThat(kindOfLastTensor(alone.forSeveral())).isEqualTo((byte) 2);
        owned.forEach(TensorBuffer::release);
    }

    /** Of the location, which has a kind, an offset and a length. */
    private byte kindOfLastTensor(Tensor input) throws Exception {
        FrameWriter out = Frames.of(1);
        RunningRequest running = request(input);
        writer.write(out, running, () -> memory);
        running.takeBack(extents);
        return out.bytes()[out.size() - 17];
    }

    @Test
    void write_noMemoryForACopy_leavesNothingOfTheRequest() throws Exception {
        List<TensorBuffer> owned = new ArrayList<>();
        Tensor there = inShared("there", 20_000, owned);
        TensorBuffer rest = shared.allocator().allocate((1 << 20) - 200_000);
        owned.add(rest);
        FrameWriter out = Frames.of(1).u32(5);
        int before = out.size();
        RunningRequest running = request(heap("fits", 100_000), there, heap("does not", 150_000));

        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> writer.write(out, running, () -> memory))
                .satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.UNAVAILABLE));

        assertThat(out.size()).isEqualTo(before);
        assertThat(memory.releases()).isEqualTo(1);
        assertThatExceptionOfType(MalformedFrameException.class)
                .isThrownBy(() -> extents.keep(new Location.Shared(shared.offsetOf(there.memory()), 1)));
        owned.forEach(TensorBuffer::release);
        assertThat(shared.memory().bytesInUse()).isZero();
    }
}
