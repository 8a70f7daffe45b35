package io.nereid.backend.onnxruntime.gpu;

import io.nereid.backend.device.CudaException;
import io.nereid.backend.device.CudaStream;
import io.nereid.inference.TensorData;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** The copies of outputs that follow a run in its stream. Used by one thread. */
final class OutputCopies {
    private final CudaStream stream;
    private final List<ToHost> toHost = new ArrayList<>();
    private final List<Within> within = new ArrayList<>(0);

    /** An output that is copied to host memory. */
    private record ToHost(MemorySegment to, long from) {}

    /** An output that is copied within the GPU. */
    private record Within(TensorData to, long from) {}

    OutputCopies(CudaStream stream) {
        this.stream = stream;
    }

    /** After the run, what lies at that address is copied to host memory. */
    void toHost(MemorySegment to, long from) {
        toHost.add(new ToHost(to, from));
    }

    /** After the run, what lies at that address is copied to another place of the GPU. */
    void within(TensorData to, long from) {
        within.add(new Within(to, from));
    }

    /** Puts all of them into the stream. */
    void start() throws CudaException {
        for (ToHost copy : toHost) {
            stream.copyToHost(copy.to, copy.from);
        }
        for (Within copy : within) {
            stream.copyWithinDevice(copy.to.address(), copy.from, copy.to.length());
        }
    }

    /** Forgets them. */
    void clear() {
        toHost.clear();
        within.clear();
    }
}
