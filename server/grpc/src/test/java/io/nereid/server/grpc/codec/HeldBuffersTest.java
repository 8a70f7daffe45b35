package io.nereid.server.grpc.codec;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.ValueLayout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class HeldBuffersTest {
    private final TensorMemory memory = new PoisonedMemory(1024, 0);
    private final HeldBuffers buffers = new HeldBuffers(InputMemory.of(memory));

    @AfterEach
    void everythingIsGivenBack() {
        buffers.release();
        assertThat(memory.bytesInUse()).isZero();
        memory.close();
    }

    @Test
    void exchange_forAnotherSize_keepsTheUsedBytesAndGivesTheOldBufferBack() throws Exception {
        TensorBuffer buffer = buffers.allocate(256);
        buffer.segment().fill((byte) 7);
        TensorBuffer larger = buffers.exchange(buffer, 3, 512);
        assertThat(larger.segment().asSlice(0, 4).toArray(ValueLayout.JAVA_BYTE)).containsExactly(7, 7, 7,
                PoisonedMemory.POISON);
        assertThat(memory.bytesInUse()).isEqualTo(512);
    }

    @Test
    void exchange_withoutMemoryForBoth_keepsTheBufferHeld() throws Exception {
        TensorBuffer buffer = buffers.allocate(512);
        buffers.allocate(256);
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> buffers.exchange(buffer, 1, 512));
        assertThat(memory.bytesInUse()).isEqualTo(768);
        buffers.release();
        assertThat(memory.bytesInUse()).isZero();
    }

    @Test
    void into_anotherMemory_holdsForBuffersToComeAlone() throws Exception {
        try (TensorMemory wanted = new PoisonedMemory(1024, 0)) {
            TensorBuffer early = buffers.allocate(256);
            InputMemory inputs = InputMemory.of(wanted);
            buffers.into(inputs);
            buffers.allocate(512);
            assertThat(buffers.inputs()).isSameAs(inputs);
            assertThat(memory.bytesInUse()).isEqualTo(256);
            assertThat(wanted.bytesInUse()).isEqualTo(512);
            buffers.exchange(early, 256, 256);
            assertThat(memory.bytesInUse()).isZero();
            buffers.release();
            assertThat(wanted.bytesInUse()).isZero();
        }
    }

    @Test
    void release_twice_givesEachBufferBackOnce() throws Exception {
        TensorBuffer foreign = memory.allocate(256).retain(1);
        assertThat(buffers.add(foreign)).isSameAs(foreign);
        buffers.release();
        buffers.release();
        assertThat(memory.bytesInUse()).isEqualTo(256);
        foreign.release();
    }
}
