package io.nereid.backend.worker;

import io.nereid.backend.WorkerMemory;
import io.nereid.backend.worker.memory.Extents;
import io.nereid.backend.worker.message.Location;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.message.WireTensor;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import io.nereid.inference.TensorMemory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes tensors of what a worker sends: those in shared memory stay where they are, those in the message are copied.
 * Thread-safe.
 */
public final class IncomingTensors {
    private final WorkerMemory shared;
    private final Extents extents;
    private final TensorAllocator pooled;

    public IncomingTensors(WorkerMemory shared, Extents extents, TensorAllocator pooled) {
        this.shared = shared;
        this.extents = extents;
        this.pooled = pooled;
    }

    /**
     * Tensors, and what they lie in.
     *
     * @param memory the owner of the tensors releases it
     */
    public record Kept(List<Tensor> tensors, Lease memory) {}

    /**
     * Takes tensors over.
     *
     * @throws InferenceException if there is no memory for those in the message
     * @throws MalformedFrameException if one of them lies where the worker has nothing
     */
    public Kept keep(List<WireTensor> sent) throws InferenceException, MalformedFrameException {
        List<Lease> leases = new ArrayList<>(1);
        try {
            List<Tensor> tensors = tensors(sent, leases);
            return new Kept(tensors, of(leases));
        } catch (InferenceException | MalformedFrameException | RuntimeException e) {
            leases.forEach(Lease::release);
            throw e;
        }
    }

    private static Lease of(List<Lease> leases) {
        return switch (leases.size()) {
            case 0 -> Lease.NONE;
            case 1 -> leases.getFirst();
            default -> () -> leases.forEach(Lease::release);
        };
    }

    private List<Tensor> tensors(List<WireTensor> sent, List<Lease> leases)
            throws InferenceException, MalformedFrameException {
        MemorySegment copies = copies(sent, leases);
        List<Tensor> tensors = new ArrayList<>(sent.size());
        long at = 0;
        for (int i = 0; i < sent.size(); i++) {
            WireTensor tensor = sent.get(i);
            TensorData data;
            switch (tensor.location()) {
                case Location.Inline(MemorySegment bytes) -> {
                    data = copy(bytes, copies, at);
                    at += TensorMemory.aligned(bytes.byteSize());
                }
                case Location.Shared range -> data = keep(range, leases);
            }
            tensors.add(new Tensor(tensor.name(), tensor.dataType(), tensor.shape(), data));
        }
        return tensors;
    }

    /** Memory for all that lies in the message. */
    private MemorySegment copies(List<WireTensor> sent, List<Lease> leases) throws InferenceException {
        long bytes = 0;
        for (int i = 0; i < sent.size(); i++) {
            bytes += sent.get(i).location() instanceof Location.Inline inline ? TensorMemory.aligned(inline.length())
                    : 0;
        }
        if (bytes == 0) {
            return MemorySegment.NULL;
        }
        TensorBuffer buffer = pooled.allocate(bytes);
        leases.add(buffer);
        return buffer.segment();
    }

    private static TensorData copy(MemorySegment bytes, MemorySegment copies, long at) {
        if (bytes.byteSize() == 0) {
            return TensorData.EMPTY;
        }
        MemorySegment target = copies.asSlice(at, bytes.byteSize());
        target.copyFrom(bytes);
        return TensorData.pooled(target);
    }

    private TensorData keep(Location.Shared range, List<Lease> leases) throws MalformedFrameException {
        leases.add(extents.keep(range));
        return TensorData.host(TensorData.Kind.SHARED, shared.range(range.offset(), range.length()));
    }
}
