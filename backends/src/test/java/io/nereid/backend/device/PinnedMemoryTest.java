package io.nereid.backend.device;

import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import io.nereid.inference.TensorMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class PinnedMemoryTest {
    private static final long POOL = 1 << 20;

    private final StandInCuda cuda = new StandInCuda(2, 1 << 20);
    private final TensorMemory pageable = new TensorMemory(1 << 21, 0);
    private final PinnedMemory memory = new PinnedMemory(cuda, POOL, pageable);

    @AfterEach
    void nothingIsLeft() {
        memory.close();
        cuda.close();
        assertThat(pageable.bytesInUse()).isZero();
        pageable.close();
    }

    @Test
    void allocate_beforeAModelIsOnAGpu_pinsNothing() throws Exception {
        TensorBuffer buffer = memory.allocate(1000);
        assertThat(buffer.kind()).isEqualTo(TensorData.Kind.POOLED);
        assertThat(memory.kind()).isEqualTo(TensorData.Kind.PINNED);
        assertThat(cuda.pinned()).isZero();
        assertThat(memory.totalBytes()).isZero();
        buffer.release();
    }

    @Test
    void open_pinsThePoolOnceAndTheDriverIsNotAskedAgain() throws Exception {
        memory.open(1);
        memory.open(0);
        assertThat(cuda.events()).containsExactly("pin " + POOL);
        for (int i = 0; i < 3; i++) {
            TensorBuffer buffer = memory.allocate(100_000);
            assertThat(buffer.kind()).isEqualTo(TensorData.Kind.PINNED);
            assertThat(buffer.segment().byteSize()).isEqualTo(100_000);
            assertThat(memory.bytesInUse()).isGreaterThanOrEqualTo(100_000);
            buffer.release();
        }
        assertThat(cuda.events()).isEmpty();
        assertThat(memory.bytesInUse()).isZero();
        assertThat(memory.totalBytes()).isEqualTo(POOL);
        assertThat(pageable.bytesInUse()).isZero();
    }

    @Test
    void open_driverThatRefuses_leavesPageableMemory() throws Exception {
        cuda.limitPinned(POOL - 1);
        memory.open(0);
        memory.open(0);
        TensorBuffer buffer = memory.allocateZeroed(1000);
        assertThat(buffer.kind()).isEqualTo(TensorData.Kind.POOLED);
        assertThat(memory.totalBytes()).isZero();
        buffer.release();
    }

    @Test
    void allocate_moreThanThePoolHas_isPageableAndThePoolIsUsedAgainAfterwards() throws Exception {
        memory.open(0);
        TensorBuffer most = memory.allocate(POOL);
        TensorBuffer over = memory.allocate(1);
        assertThat(over.kind()).isEqualTo(TensorData.Kind.POOLED);
        most.release();
        TensorBuffer again = memory.allocate(1);
        assertThat(again.kind()).isEqualTo(TensorData.Kind.PINNED);
        over.release();
        again.release();
        TensorBuffer larger = memory.allocate(POOL + 1);
        assertThat(larger.kind()).isEqualTo(TensorData.Kind.POOLED);
        larger.release();
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> memory.allocate(1L << 40));
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> memory.allocate(-1));
    }

    /** Blocks of one size are kept for that size, but never so that another size finds no room. */
    @Test
    void allocate_sizesThatChange_areAllPinned() throws Exception {
        memory.open(0);
        for (long size = 256; size <= POOL; size *= 2) {
            List<TensorBuffer> held = new ArrayList<>();
            for (long bytes = 0; bytes + size <= POOL; bytes += size) {
                held.add(memory.allocate(size));
            }
            assertThat(held).allMatch(buffer -> buffer.kind() == TensorData.Kind.PINNED);
            held.forEach(TensorBuffer::release);
        }
    }

    @Test
    void allocate_atRandom_givesNoByteTwice() throws Exception {
        memory.open(0);
        Random random = new Random(1717);
        List<TensorBuffer> held = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            if (held.size() > 40 || (!held.isEmpty() && random.nextBoolean())) {
                TensorBuffer buffer = held.remove(random.nextInt(held.size()));
                byte mark = buffer.segment().get(ValueLayout.JAVA_BYTE, 0);
                for (long at = 0; at < buffer.segment().byteSize(); at += 997) {
                    assertThat(buffer.segment().get(ValueLayout.JAVA_BYTE, at)).isEqualTo(mark);
                }
                buffer.release();
            } else {
                TensorBuffer buffer = memory.allocate(1 + random.nextInt(40_000));
                buffer.segment().fill((byte) i);
                held.add(buffer);
            }
        }
        held.forEach(TensorBuffer::release);
    }

    @Test
    void close_bufferThatIsHeld_staysPinnedUntilItIsReleased() throws Exception {
        memory.open(0);
        TensorBuffer held = memory.allocate(1000);
        memory.close();
        memory.close();
        assertThat(cuda.pinned()).isEqualTo(POOL);
        held.segment().fill((byte) 1);
        TensorBuffer after = memory.allocate(1000);
        assertThat(after.kind()).isEqualTo(TensorData.Kind.POOLED);
        after.release();
        held.release();
        assertThat(cuda.pinned()).isZero();
    }

    @Test
    void open_noGpuOrNoPool_pinsNothing() throws Exception {
        PinnedMemory none = new PinnedMemory(null, POOL, pageable);
        none.open(0);
        PinnedMemory empty = new PinnedMemory(cuda, 0, pageable);
        empty.open(0);
        for (PinnedMemory without : List.of(none, empty)) {
            TensorBuffer buffer = without.allocate(10);
            assertThat(buffer.kind()).isEqualTo(TensorData.Kind.POOLED);
            buffer.release();
            without.close();
        }
        assertThat(cuda.pinned()).isZero();
    }
}
