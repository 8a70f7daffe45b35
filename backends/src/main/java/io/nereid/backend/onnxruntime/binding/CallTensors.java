package io.nereid.backend.onnxruntime.binding;

import java.nio.charset.StandardCharsets;
import java.util.List;

import static java.lang.foreign.ValueLayout.ADDRESS;

/**
 * The inputs, or the outputs, of a call: their names as C reads them, and a slot for the value of each, in the memory
 * of the call. Numbered as in the list it was made with. Used by one thread at a time.
 */
final class CallTensors implements AutoCloseable {
    private final TensorSlot[] slots;
    private final long[] names;

    /** @param memory with room for {@link #byteSize} bytes; what is here lives as long as it does */
    CallTensors(OnnxRuntime runtime, CallMemory memory, List<TensorSignature> signatures) {
        slots = signatures.stream().map(signature -> new TensorSlot(runtime, memory, signature))
                .toArray(TensorSlot[]::new);
        names = signatures.stream().mapToLong(signature -> memory.allocateFrom(signature.name()).address()).toArray();
    }

    /** What the names and the slots of so many tensors take. */
    static long byteSize(List<TensorSignature> signatures) {
        long bytes = 0;
        for (TensorSignature signature : signatures) {
            long name = signature.name().getBytes(StandardCharsets.UTF_8).length + 1L;
            bytes += name + ADDRESS.byteSize() + TensorSlot.byteSize(signature); // what follows the name is aligned
        }
        return bytes;
    }

    TensorSlot slot(int index) {
        return slots[index];
    }

    /** The address of the name. */
    long name(int index) {
        return names[index];
    }

    /** Gives the values in the slots back. */
    @Override
    public void close() {
        for (TensorSlot slot : slots) {
            slot.close();
        }
    }
}
