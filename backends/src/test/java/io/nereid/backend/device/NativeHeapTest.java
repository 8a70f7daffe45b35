package io.nereid.backend.device;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.FutureTask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class NativeHeapTest {
    private final NativeHeap heap = NativeHeap.ofThisProcess();

    @ParameterizedTest
    @ValueSource(longs = {64, 320, 1 << 20, 40L << 20})
    void allocate_isAlignedAndForEveryThreadToUseAndToFree(long byteSize) throws Exception {
        MemorySegment block = heap.allocate(byteSize, 64);
        assertThat(block.byteSize()).isEqualTo(byteSize);
        assertThat(block.address() % 64).isZero();
        block.fill((byte) 7);
        FutureTask<Byte> other = new FutureTask<>(() -> {
            byte last = block.get(ValueLayout.JAVA_BYTE, byteSize - 1);
            heap.free(block);
            return last;
        });
        Thread.ofPlatform().start(other);
        assertThat(other.get()).isEqualTo((byte) 7);
    }

    @Test
    void allocate_moreThanThereIs_isOutOfMemory() {
        assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> heap.allocate(1L << 62, 64))
                .withMessageContaining(Long.toString(1L << 62));
    }
}
