package io.nereid.server.tracing;

import io.nereid.inference.DataType;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorData;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.LedgerLimits;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import static org.assertj.core.api.Assertions.assertThat;

class TensorCopyTest {
    private final Ledger ledger = new Ledger(new LedgerLimits(1, 16 << 20, 1, 1), () -> 0);

    private TraceMemory memory() {
        return new TraceMemory(ledger.detached().request(), true);
    }

    @Test
    void of_hostMemory_hasTheElements() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_INT, 1, 2);
            TensorCopy copy = TensorCopy.of(new Tensor("x", DataType.INT32, Shape.of(2), data), memory());
            assertThat(TensorText.data(copy)).isEqualTo("1,2");
        }
    }

    /** A trace is not worth a wait for the GPU. */
    @Test
    void of_memoryOfAGpu_hasNone() {
        TensorCopy copy = TensorCopy.of(
                new Tensor("x", DataType.INT32, Shape.of(2), TensorData.cuda(0, 4096, 8)), memory());
        assertThat(TensorText.data(copy)).isEqualTo("...");
        assertThat(copy.shape()).isEqualTo(Shape.of(2));
    }
}
