package io.nereid.inference;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

final class LeaseTest {
    private final CountingLease held = new CountingLease();

    @Test
    void retain_severalHolders_lastReleaseGivesBack() {
        Lease shared = held.retain(2);
        shared.release();
        shared.release();
        assertThat(held.releases()).isZero();
        shared.release();
        assertThat(held.releases()).isEqualTo(1);
        assertThatThrownBy(shared::release).isInstanceOf(IllegalStateException.class);
        assertThat(held.releases()).isEqualTo(1);
    }

    @Test
    void retain_again_countsOn() {
        Lease shared = held.retain(1).retain(1);
        shared.release();
        shared.release();
        assertThat(held.releases()).isZero();
        shared.release();
        assertThat(held.releases()).isEqualTo(1);
        assertThatThrownBy(() -> shared.retain(1)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void retain_byManyThreads_givesBackOnce() throws Exception {
        for (int round = 0; round < 300; round++) {
            CountingLease once = new CountingLease();
            Lease shared = once.retain(3);
            Race.run(4, _ -> shared.retain(1).release());
            assertThat(once.releases()).isZero();
            Race.run(4, _ -> shared.release());
            assertThat(once.releases()).isEqualTo(1);
        }
    }

    /** As a step of a pipeline does it: one output, two models that read it, one client that gets it. */
    @Test
    void retain_outputOfAResponse_feedsSeveralConsumersWithoutACopy() throws Exception {
        try (TensorMemory memory = new TensorMemory(1 << 20, 0)) {
            TensorBuffer buffer = memory.allocate(8);
            buffer.segment().fill((byte) 5);
            Tensor output = new Tensor("y", DataType.INT8, Shape.of(8), buffer.data());
            InferenceResponse response = new InferenceResponse(List.of(output), Map.of(), buffer);
            Lease each = response.memory().retain(2);
            for (int consumer = 0; consumer < 3; consumer++) {
                assertThat(memory.bytesInUse()).as("before consumer %d", consumer).isEqualTo(256);
                assertThat(output.data().get(java.lang.foreign.ValueLayout.JAVA_BYTE, 7)).isEqualTo((byte) 5);
                each.release();
            }
            assertThat(memory.bytesInUse()).isZero();
        }
    }
}
