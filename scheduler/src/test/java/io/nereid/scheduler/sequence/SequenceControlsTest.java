package io.nereid.scheduler.sequence;

import io.nereid.inference.CorrelationId;
import io.nereid.inference.CountingLease;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.Lease;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

class SequenceControlsTest {
    private static final List<ControlInput> FLAGS = List.of(
            new ControlInput.Flag("START", ControlInput.Fact.START, DataType.INT32, 0, 1),
            new ControlInput.Flag("END", ControlInput.Fact.END, DataType.FP32, -1, 0.5),
            new ControlInput.Flag("READY", ControlInput.Fact.READY, DataType.BOOL, 0, 1));

    private final TensorMemory memory = new TensorMemory(1 << 20, 0);

    @AfterEach
    void nothingIsHeld() {
        assertThat(memory.bytesInUse()).isZero();
        memory.close();
    }

    private SequenceControls controls(ControlInput... more) {
        List<ControlInput> all = new ArrayList<>(FLAGS);
        all.addAll(List.of(more));
        return new SequenceControls("m", all, true, memory);
    }

    private static InferenceRequest request(CorrelationId id, boolean start, boolean end, Lease held,
            Tensor... inputs) {
        return new InferenceRequest("r", List.of(inputs), List.of(), 1, new RequestOptions(0, 0, id, start, end),
                Map.of(), held);
    }

    @ParameterizedTest
    @CsvSource({"true,false,1,-1", "false,false,0,-1", "false,true,0,0.5", "true,true,1,0.5"})
    void control_flags_areTheConfiguredValues(boolean start, boolean end, int startValue, float endValue)
            throws InferenceException {
        InferenceRequest given = controls()
                .control(request(CorrelationId.of(1), start, end, Lease.NONE)).request();
        assertThat(data(given, "START").get(ValueLayout.JAVA_INT_UNALIGNED, 0)).isEqualTo(startValue);
        assertThat(data(given, "END").get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0)).isEqualTo(endValue);
        assertThat(data(given, "READY").toArray(ValueLayout.JAVA_BYTE)).containsExactly(1);
        assertThat(tensor(given, "START").shape()).isEqualTo(Shape.of(1, 1));
    }

    @Test
    void control_modelWithoutBatch_hasOneDimension() throws InferenceException {
        SequenceControls controls = new SequenceControls("m", FLAGS, false, memory);
        InferenceRequest given = controls.control(request(CorrelationId.of(1), true, true, Lease.NONE)).request();
        assertThat(tensor(given, "READY").shape()).isEqualTo(Shape.of(1));
    }

    @ParameterizedTest
    @CsvSource({"UINT64,-2,-2", "INT64,-2,-2", "UINT32,4294967299,3", "INT32,7,7"})
    void control_number_isWrittenAsTheTypeSays(DataType dataType, long id, long expected) throws InferenceException {
        CountingLease held = new CountingLease();
        InferenceRequest given = controls(new ControlInput.Id("ID", dataType))
                .control(request(CorrelationId.of(id), true, false, held)).request();
        MemorySegment data = data(given, "ID");
        assertThat(data.byteSize()).isEqualTo(dataType.byteSize());
        assertThat(dataType.byteSize() == 8 ? data.get(ValueLayout.JAVA_LONG_UNALIGNED, 0)
                : data.get(ValueLayout.JAVA_INT_UNALIGNED, 0)).isEqualTo(expected);
        given.memory().release();
        assertThat(held.releases()).isEqualTo(1);
    }

    @Test
    void control_text_isOneString() throws InferenceException {
        InferenceRequest given = controls(new ControlInput.Id("ID", DataType.BYTES))
                .control(request(CorrelationId.of("zoë"), true, false, Lease.NONE)).request();
        byte[] content = data(given, "ID").toArray(ValueLayout.JAVA_BYTE);
        assertThat(content).startsWith(4, 0, 0, 0).endsWith("zoë".getBytes(StandardCharsets.UTF_8)).hasSize(8);
        given.memory().release();
    }

    @ParameterizedTest
    @CsvSource({"UINT64,true,BYTES", "BYTES,false,UINT64"})
    void control_idOfTheOtherKind_isRefusedInTritonsWords(DataType expected, boolean text, String got) {
        CorrelationId id = text ? CorrelationId.of("a") : CorrelationId.of(3);
        CountingLease held = new CountingLease();
        assertThatThrownBy(() -> controls(new ControlInput.Id("ID", expected)).control(request(id, true, true, held)))
                .asInstanceOf(type(InferenceException.class))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG))
                .satisfies(e -> assertThat(e.text()).isEqualTo("sequence batching control 'ID' data-type is '" + got
                        + "', but model 'm' expects '" + expected + "'"));
        assertThat(held.releases()).as("it is the caller's").isZero();
    }

    @ParameterizedTest
    @CsvSource({"UINT64,8", "INT32,4", "BYTES,6"})
    void control_numberOfTheServer_isWrittenAsTheModelTakesIt(DataType dataType, int bytes) throws InferenceException {
        InferenceRequest given = controls(new ControlInput.Id("ID", dataType))
                .control(request(CorrelationId.ofServer(12), true, false, Lease.NONE)).request();
        assertThat(data(given, "ID").toArray(ValueLayout.JAVA_BYTE)).hasSize(bytes)
                .startsWith(dataType == DataType.BYTES ? new byte[]{2, 0, 0, 0, '1', '2'} : new byte[]{12, 0, 0, 0});
        given.memory().release();
    }

    @Test
    void nextTurn_isNeitherTheFirstNorTheLastAndHasTheSameMemory() throws InferenceException {
        SequenceControls controls = controls(new ControlInput.Id("ID", DataType.UINT64));
        CountingLease held = new CountingLease();
        InferenceRequest first = controls.control(request(CorrelationId.of(5), true, true, held)).request();
        InferenceRequest next = controls.nextTurn(first);
        assertThat(data(next, "START").get(ValueLayout.JAVA_INT_UNALIGNED, 0)).isZero();
        assertThat(data(next, "END").get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0)).isEqualTo(-1);
        assertThat(data(next, "READY").toArray(ValueLayout.JAVA_BYTE)).containsExactly(1);
        assertThat(data(next, "ID").address()).isEqualTo(data(first, "ID").address());
        assertThat(next.options()).isEqualTo(new RequestOptions(0, 0, CorrelationId.of(5), false, false));
        assertThat(next.memory()).isSameAs(first.memory());
        assertThat(controls.nextTurn(next)).as("nothing changes any more").isSameAs(next);
        next.memory().release();
        assertThat(held.releases()).isEqualTo(1);
    }

    @Test
    void control_noControlOfTheId_takesBothKinds() throws InferenceException {
        assertThat(controls().control(request(CorrelationId.of("a"), true, true, Lease.NONE)).request().inputs())
                .hasSize(3);
        assertThat(controls().control(request(CorrelationId.of(1), true, true, Lease.NONE)).request().inputs())
                .hasSize(3);
    }

    @Test
    void nullRequest_hasZerosInTheSameShapesAndIsNotReady() throws InferenceException {
        SequenceControls controls = controls(new ControlInput.Id("ID", DataType.BYTES));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment floats = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3);
            MemorySegment strings = arena.allocateFrom(ValueLayout.JAVA_BYTE, new byte[]{1, 0, 0, 0, 'a', 0, 0, 0, 0});
            InferenceRequest real = controls.control(request(CorrelationId.of("b"), true, true, Lease.NONE,
                    new Tensor("F", DataType.FP32, Shape.of(1, 3), floats),
                    new Tensor("S", DataType.BYTES, Shape.of(1, 2), strings))).request();
            InferenceRequest nothing = controls.nullRequest(real);
            assertThat(data(nothing, "F").toArray(ValueLayout.JAVA_BYTE)).containsExactly(new byte[12]);
            assertThat(data(nothing, "S").toArray(ValueLayout.JAVA_BYTE)).containsExactly(new byte[8]);
            assertThat(data(nothing, "ID").toArray(ValueLayout.JAVA_BYTE)).containsExactly(new byte[4]);
            assertThat(data(nothing, "READY").toArray(ValueLayout.JAVA_BYTE)).containsExactly(0);
            assertThat(data(nothing, "START").get(ValueLayout.JAVA_INT_UNALIGNED, 0)).isZero();
            assertThat(data(nothing, "END").get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0)).isEqualTo(-1);
            assertThat(tensor(nothing, "F").shape()).isEqualTo(Shape.of(1, 3));
            assertThat(nothing.wants("OUT")).isFalse();
            real.memory().release();
        }
    }

    private static Tensor tensor(InferenceRequest request, String name) {
        return Objects.requireNonNull(request.input(name));
    }

    private static MemorySegment data(InferenceRequest request, String name) {
        return tensor(request, name).data();
    }
}
