package io.nereid.inference;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Tensor memory whose buffers are full of one byte when they are handed out, where a pool in use has what other
 * requests left there. No test's data has an element of that byte alone, so wherever one turns up somebody has read
 * what nobody wrote.
 */
public final class PoisonedMemory extends TensorMemory {
    /** The byte: no letter, no part of a small number, and in a float of four of them a tiny one. */
    public static final byte POISON = (byte) 0xA5;

    /** As {@link TensorMemory#TensorMemory(long, long)}. */
    public PoisonedMemory(long maxBytes, long maxPooledBytes) {
        super(maxBytes, maxPooledBytes);
    }

    @Override
    public TensorBuffer allocate(long byteSize) throws InferenceException {
        TensorBuffer buffer = super.allocate(byteSize);
        buffer.segment().fill(POISON);
        return buffer;
    }

    /** Fails where a response has an element in one of its outputs that nobody wrote. */
    public static void requireNone(InferenceResponse response) {
        response.outputs().forEach(PoisonedMemory::requireNone);
    }

    /** Fails where all bytes of an element, of strings any byte, are that one; what is on a GPU is not of it. */
    public static void requireNone(Tensor tensor) {
        int unit = Math.max(1, tensor.dataType().byteSize());
        for (long at = 0; at + unit <= tensor.hostBytes(); at += unit) {
            if (isPoison(tensor.data().asSlice(at, unit))) {
                throw new AssertionError("byte " + at + " of " + tensor.byteSize() + " of tensor '" + tensor.name()
                        + "' was never written");
            }
        }
    }

    private static boolean isPoison(MemorySegment element) {
        for (long i = 0; i < element.byteSize(); i++) {
            if (element.get(ValueLayout.JAVA_BYTE, i) != POISON) {
                return false;
            }
        }
        return true;
    }
}
