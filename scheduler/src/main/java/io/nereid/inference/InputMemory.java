package io.nereid.inference;

/**
 * Where a model wants its inputs. Immutable and thread-safe.
 *
 * @param kind the kind of memory that it reads without a copy
 * @param device the GPU that the memory is on; {@link TensorData#NO_DEVICE} for host memory
 * @param allocator gives the host memory that requests are read into: of that kind, or, if that is a GPU's, what the
 *     model copies from
 */
public record InputMemory(TensorData.Kind kind, int device, TensorAllocator allocator) {
    /** Host memory of that allocator. */
    public static InputMemory of(TensorAllocator allocator) {
        return new InputMemory(allocator.kind(), allocator.device(), allocator);
    }

    /** The same for an input of that type: strings are in host memory always. */
    public InputMemory of(DataType type) {
        return type == DataType.BYTES && !kind.isHost() ? of(allocator) : this;
    }

    /** Whether the model reads memory of that kind and device as it is: the one that it wants, or its allocator's. */
    public boolean takes(TensorData.Kind other, int otherDevice) {
        return other == allocator.kind() || (other == kind && otherDevice == device);
    }
}
