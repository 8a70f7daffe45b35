package io.nereid.inference;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** The allocators of a server, one for each kind of memory and device that it has. Immutable and thread-safe. */
public final class TensorAllocators {
    private final List<TensorAllocator> allocators;

    /** All allocators there are; one of them gives pooled host memory. */
    public TensorAllocators(List<? extends TensorAllocator> allocators) {
        this.allocators = List.copyOf(allocators);
        if (find(TensorData.Kind.POOLED, TensorData.NO_DEVICE) == null) {
            throw new IllegalArgumentException("there is no allocator of pooled host memory");
        }
    }

    /**
     * Where requests are read to, for a model that wants its inputs in that kind of memory. The network writes host
     * memory only: what a model wants on a GPU is read into pinned memory where there is some, else into pooled memory,
     * and copied from there.
     *
     * @param device the GPU's number; {@link TensorData#NO_DEVICE} for host memory
     * @throws InferenceException UNSUPPORTED if this server has no host memory of that kind
     */
    public InputMemory inputs(TensorData.Kind kind, int device) throws InferenceException {
        if (!kind.isHost()) {
            TensorAllocator pinned = find(TensorData.Kind.PINNED, TensorData.NO_DEVICE);
            return new InputMemory(kind, device, pinned == null ? required(TensorData.Kind.POOLED) : pinned);
        }
        return new InputMemory(kind, device, required(kind));
    }

    private TensorAllocator required(TensorData.Kind kind) throws InferenceException {
        TensorAllocator allocator = find(kind, TensorData.NO_DEVICE);
        if (allocator == null) {
            throw new InferenceException(ErrorCode.UNSUPPORTED, "the model wants its inputs in memory of kind " + kind
                    + ", this server has " + String.join(", ", allocators.stream().map(known -> known.kind().name())
                            .toList()));
        }
        return allocator;
    }

    private @Nullable TensorAllocator find(TensorData.Kind kind, int device) {
        for (TensorAllocator allocator : allocators) {
            if (allocator.kind() == kind && allocator.device() == device) {
                return allocator;
            }
        }
        return null;
    }
}
