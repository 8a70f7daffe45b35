package io.nereid.inference;

import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

final class TensorAllocatorsTest {
    private final TensorMemory pooled = new TensorMemory(1 << 20, 0);

    /** Memory of another kind, which happens to be pooled memory. */
    private record Other(TensorData.Kind kind, TensorMemory memory) implements TensorAllocator {
        @Override
        public TensorBuffer allocate(long byteSize) throws InferenceException {
            TensorBuffer buffer = memory.allocate(byteSize);
            return new TensorBuffer(TensorData.host(kind, buffer.segment()), buffer);
        }

        @Override
        public TensorBuffer allocateZeroed(long byteSize) throws InferenceException {
            TensorBuffer buffer = allocate(byteSize);
            buffer.segment().fill((byte) 0);
            return buffer;
        }
    }

    private final Other shared = new Other(TensorData.Kind.SHARED, pooled);
    private final Other pinned = new Other(TensorData.Kind.PINNED, pooled);

    @Test
    void inputs_kindThatThereIs_areReadIntoIt() throws Exception {
        TensorAllocators allocators = new TensorAllocators(List.of(pooled, shared));
        InputMemory inputs = allocators.inputs(TensorData.Kind.SHARED, TensorData.NO_DEVICE);
        assertThat(inputs.allocator()).isSameAs(shared);
        assertThat(inputs.takes(TensorData.Kind.SHARED, TensorData.NO_DEVICE)).isTrue();
        assertThat(inputs.takes(TensorData.Kind.CUDA, 0)).isFalse();
        TensorBuffer buffer = inputs.allocator().allocate(100);
        assertThat(buffer.data().kind()).isEqualTo(TensorData.Kind.SHARED);
        buffer.release();
        assertThat(pooled.bytesInUse()).isZero();
    }

    @Test
    void inputs_onAGpu_areReadIntoPinnedMemoryElsePooled() throws Exception {
        InputMemory plain = new TensorAllocators(List.of(pooled, shared)).inputs(TensorData.Kind.CUDA, 1);
        assertThat(plain.allocator()).isSameAs(pooled);
        InputMemory staged = new TensorAllocators(List.of(pooled, pinned)).inputs(TensorData.Kind.CUDA, 1);
        assertThat(staged.allocator()).isSameAs(pinned);
        assertThat(staged.takes(TensorData.Kind.CUDA, 1)).isTrue();
        assertThat(staged.takes(TensorData.Kind.CUDA, 0)).isFalse();
        assertThat(staged.takes(TensorData.Kind.PINNED, TensorData.NO_DEVICE)).isTrue();
        assertThat(staged.of(DataType.BYTES).takes(TensorData.Kind.CUDA, 1)).isFalse();
        assertThat(staged.of(DataType.FP32)).isSameAs(staged);
    }

    @Test
    void inputs_kindThatThereIsNot_isAnErrorThatSaysWhatThereIs() {
        TensorAllocators allocators = new TensorAllocators(List.of(pooled, pinned));
        assertThatThrownBy(() -> allocators.inputs(TensorData.Kind.SHARED, TensorData.NO_DEVICE))
                .isInstanceOfSatisfying(InferenceException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED);
                    assertThat(e.text()).contains("SHARED", "POOLED, PINNED");
                });
    }

    @Test
    void constructor_withoutPooledMemory_isRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new TensorAllocators(List.of(pinned)));
    }
}
