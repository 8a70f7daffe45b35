package io.nereid.server.tracing;

import io.nereid.inference.DataType;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.ledger.Resource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.MemorySegment;

import static org.assertj.core.api.Assertions.assertThat;

/** What a trace may keep is limited for each tensor and each trace, and by what the server has left. */
class TraceMemoryTest {
    private final Ledger ledger = new Ledger(new LedgerLimits(1, 16 << 20, 1, 1), () -> 0);

    private TraceMemory memory() {
        return new TraceMemory(ledger.detached().request(), true);
    }

    @Test
    void takeBytes_ofATensorAndOfATrace_upToTheirLimits() {
        TraceMemory memory = memory();
        assertThat(memory.takeBytes(100)).isEqualTo(100);
        assertThat(memory.takeBytes(300_000_000)).isEqualTo(TraceMemory.MAX_TENSOR_BYTES);
        assertThat(memory.takeBytes(300_000_000))
                .isEqualTo(TraceMemory.MAX_TRACE_BYTES - TraceMemory.MAX_TENSOR_BYTES - 100);
        assertThat(memory.takeBytes(1)).isZero();
        assertThat(memory.bytes()).isEqualTo(TraceMemory.MAX_TRACE_BYTES);
    }

    @Test
    void takeEvent_ofAStream_upToTheLimit() {
        TraceMemory memory = memory();
        int events = 0;
        while (memory.takeEvent()) {
            events++;
        }
        assertThat(events).isEqualTo(TraceMemory.MAX_TENSORS);
    }

    @Test
    void take_whileLessThanHalfOfTheHeapIsFree_isNothing() throws Exception {
        ledger.detached().charge(Resource.HEAP, (7 << 20) + (1 << 19));
        TraceMemory memory = memory();
        assertThat(memory.takeBytes(1 << 20)).isZero();
        assertThat(memory.takeBytes(1000)).isEqualTo(1000);
        assertThat(memory.takeEvent()).isTrue();
    }

    @Test
    void release_onceOrTwice_givesEverythingBack() {
        TraceMemory memory = memory();
        memory.takeBytes(1000);
        memory.takeEvent();
        assertThat(ledger.held(Resource.HEAP)).isGreaterThan(1000);
        memory.release();
        memory.release();
        assertThat(ledger.held(Resource.HEAP)).isZero();
        assertThat(memory.takeBytes(1)).as("after the end").isZero();
        assertThat(memory.takeEvent()).as("after the end").isFalse();
    }

    @Test
    void takeBytes_whereElementsGoNowhere_isNothing() {
        assertThat(new TraceMemory(ledger.detached().request(), false).takeBytes(4)).isZero();
    }

    @ParameterizedTest
    @CsvSource({"4,false", "262144,false", "262145,true"})
    void copy_ofFloats_isWholeOrCut(int elements, boolean cut) {
        byte[] data = new byte[elements * Float.BYTES];
        Tensor tensor = new Tensor("IN", DataType.FP32, Shape.of(elements), MemorySegment.ofArray(data));
        TensorCopy copy = TensorCopy.of(tensor, memory());
        assertThat(copy.isCut()).isEqualTo(cut);
        assertThat(copy.data().byteSize()).isEqualTo(Math.min(data.length, TraceMemory.MAX_TENSOR_BYTES));
        assertThat(TensorText.data(copy).endsWith(",...")).isEqualTo(cut);
    }

    @Test
    void copy_ofNothing_isNotCut() {
        TensorCopy copy = TensorCopy.of(new Tensor("IN", DataType.FP32, Shape.of(0), MemorySegment.NULL), memory());
        assertThat(TensorText.data(copy)).isEmpty();
    }
}
