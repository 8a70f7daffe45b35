package io.nereid.inference;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

final class TensorDataTest {
    private final MemorySegment native8 = Arena.ofAuto().allocate(8);

    @Test
    void slice_hostMemory_isThatPartOfTheSameKind() {
        for (TensorData.Kind kind : new TensorData.Kind[]{TensorData.Kind.POOLED, TensorData.Kind.SHARED,
                TensorData.Kind.PINNED}) {
            TensorData part = TensorData.host(kind, native8).slice(2, 5);
            assertThat(part.kind()).isEqualTo(kind);
            assertThat(part.address()).isEqualTo(native8.address() + 2);
            assertThat(part.length()).isEqualTo(5);
            assertThat(part.segment()).isEqualTo(native8.asSlice(2, 5));
        }
    }

    @Test
    void slice_gpuMemory_isThatPartOnTheSameGpu() {
        TensorData part = TensorData.cuda(3, 0x7000, 8).slice(2, 6);
        assertThat(part).isEqualTo(TensorData.cuda(3, 0x7002, 6));
        assertThat(part.device()).isEqualTo(3);
        assertThat(part.address()).isEqualTo(0x7002);
    }

    @Test
    void slice_beyondItsEnd_isRefusedForEveryKind() {
        for (TensorData data : new TensorData[]{TensorData.pooled(native8), TensorData.cuda(0, 0x7000, 8)}) {
            assertThatThrownBy(() -> data.slice(4, 5)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> data.slice(9, 0)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> data.slice(-1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> data.slice(1, Long.MAX_VALUE)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThat(data.slice(8, 0).length()).isZero();
        }
    }

    @Test
    void segment_gpuMemory_isRefusedAndItsRangeHasNoByteToRead() {
        TensorData data = TensorData.cuda(1, 0x7000, 8);
        assertThatThrownBy(data::segment).isInstanceOf(IllegalStateException.class).hasMessageContaining("GPU 1");
        assertThat(data.range().byteSize()).isZero();
    }

    @Test
    void constructor_rangeThatIsNotOfItsKind_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TensorData(TensorData.Kind.POOLED, TensorData.NO_DEVICE, native8, 7));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TensorData(TensorData.Kind.PINNED, 0, native8, 8));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TensorData(TensorData.Kind.CUDA, 0, native8, 8));
        assertThatIllegalArgumentException().isThrownBy(() -> TensorData.cuda(TensorData.NO_DEVICE, 0x7000, 8));
    }

    @Test
    void buffer_ofGpuMemory_hasNoSegmentAndGivesBackToItsOwner() {
        CountingLease owner = new CountingLease();
        TensorBuffer buffer = new TensorBuffer(TensorData.cuda(2, 0x7000, 8), owner);
        assertThat(buffer.kind()).isEqualTo(TensorData.Kind.CUDA);
        assertThat(buffer.device()).isEqualTo(2);
        assertThatThrownBy(buffer::segment).isInstanceOf(IllegalStateException.class);
        buffer.narrow(4, 4);
        assertThat(buffer.data()).isEqualTo(TensorData.cuda(2, 0x7004, 4));
        buffer.release();
        assertThat(owner.releases()).isEqualTo(1);
    }
}
