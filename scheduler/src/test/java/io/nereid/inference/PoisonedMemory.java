package io.nereid.inference;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Tensor memory whose buffers are full of one byte when they are handed out, where a pool in use has what other requests
 * left there. No data of a test that uses it has that byte, so wherever it turns up somebody has read what nobody wrote.
 */
public final class PoisonedMemory extends TensorMemory {
    /** The byte: no letter, no part of a small number, and in a float of four of them a tiny one. */
    public static final byte POISON = (byte) 0xA5;

    /** Memory of at most {@code maxBytes} in use, that keeps up to {@code maxPooledBytes} of released buffers at hand. */
    public PoisonedMemory(long maxBytes, long maxPooledBytes) {
        super(maxBytes, maxPooledBytes);
    }

    @Override
    public TensorBuffer allocate(long byteSize) throws InferenceException {
        TensorBuffer buffer = super.allocate(byteSize);
        buffer.segment().fill(POISON);
        return buffer;
    }

    /** Fails where a response has the byte in one of its outputs. */
    public static void requireNone(InferenceResponse response) {
        response.outputs().forEach(PoisonedMemory::requireNone);
    }

    /** Fails where the tensor has the byte in it. */
    public static void requireNone(Tensor tensor) {
        MemorySegment data = tensor.data();
        for (long i = 0; i < data.byteSize(); i++) {
            if (data.get(ValueLayout.JAVA_BYTE, i) == POISON) {
                throw new AssertionError("byte " + i + " of " + data.byteSize() + " of tensor '" + tensor.name()
                        + "' was never written");
            }
        }
    }
}
