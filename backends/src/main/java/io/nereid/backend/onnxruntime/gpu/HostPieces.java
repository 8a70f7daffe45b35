package io.nereid.backend.onnxruntime.gpu;

import io.nereid.backend.device.CudaException;
import io.nereid.backend.device.CudaStream;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import io.nereid.inference.TensorMemory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Inputs that a session on a GPU reads on the host all the same, as shapes: one piece each. Used by one thread. */
final class HostPieces {
    private final CudaStream stream;
    private final TensorAllocator memory;
    private final List<TensorBuffer> held = new ArrayList<>(0);

    HostPieces(CudaStream stream, TensorAllocator memory) {
        this.stream = stream;
        this.memory = memory;
    }

    /** The pieces as one in host memory: the only one where it lies, if it lies well there, else a copy. */
    TensorData together(List<TensorData> pieces) throws InferenceException, CudaException {
        TensorData first = pieces.getFirst();
        if (pieces.size() == 1 && first.kind().isHost() && first.address() % TensorMemory.ALIGNMENT == 0) {
            return first;
        }
        long bytes = 0;
        for (TensorData piece : pieces) {
            bytes += piece.length();
        }
        TensorBuffer buffer = memory.allocate(bytes);
        held.add(buffer);
        copy(pieces, buffer.segment());
        return buffer.data();
    }

    private void copy(List<TensorData> pieces, MemorySegment to) throws CudaException {
        boolean fromGpu = false;
        long at = 0;
        for (TensorData piece : pieces) {
            MemorySegment place = to.asSlice(at, piece.length());
            if (piece.kind().isHost()) {
                place.copyFrom(piece.segment());
            } else {
                stream.copyToHost(place, piece.address());
                fromGpu = true;
            }
            at += piece.length();
        }
        if (fromGpu) {
            stream.synchronize();
        }
    }

    /** Gives the copies back. */
    void release() {
        held.forEach(TensorBuffer::release);
        held.clear();
    }
}
