package io.nereid.backend.isolation.process;

import io.nereid.backend.worker.SequenceIds;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.Location;
import io.nereid.backend.worker.message.ParametersJson;
import io.nereid.backend.worker.message.WireTensor;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.Lease;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import io.nereid.inference.TensorMemory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Makes requests of what the server sends: inputs in shared memory stay where they are. Used by one thread. */
final class IncomingRequests {
    private final SharedMapping shared;
    private final TensorMemory memory;
    private final boolean batching;

    /**
     * Of one model.
     *
     * @param memory where inputs go that lie in the message
     * @param batching whether their first dimension counts rows
     */
    IncomingRequests(SharedMapping shared, TensorMemory memory, boolean batching) {
        this.shared = shared;
        this.memory = memory;
        this.batching = batching;
    }

    /** A request, and what the server calls it. */
    record Numbered(long handle, InferenceRequest request) {}

    /**
     * The next request of the message, whose memory the caller releases.
     *
     * @throws io.nereid.backend.worker.message.MalformedFrameException if no server writes that
     */
    Numbered read(FrameReader in) throws java.io.IOException, InferenceException {
        long handle = in.i64();
        String id = in.str();
        RequestOptions options = SequenceIds.read(in);
        Map<String, ParameterValue> parameters = ParametersJson.read(in.str());
        List<String> requested = in.flag() ? in.strings() : List.of();
        String _ = in.flag() ? in.str() : ""; // the trace is the server's
        List<WireTensor> sent = in.tensors();
        TensorBuffer copies = copies(sent);
        List<Tensor> inputs = new ArrayList<>(sent.size());
        long at = 0;
        for (int i = 0; i < sent.size(); i++) {
            WireTensor tensor = sent.get(i);
            MemorySegment data;
            switch (tensor.location()) {
                case Location.Shared(long offset, long length) -> data = shared.range(offset, length);
                case Location.Inline(MemorySegment bytes) -> {
                    data = copies == null ? MemorySegment.NULL : copies.segment().asSlice(at, bytes.byteSize());
                    data.copyFrom(bytes);
                    at += TensorMemory.aligned(bytes.byteSize());
                }
            }
            inputs.add(new Tensor(tensor.name(), tensor.dataType(), tensor.shape(), TensorData.pooled(data)));
        }
        return new Numbered(handle, new InferenceRequest(id, inputs, requested, rows(inputs), options, parameters,
                copies == null ? Lease.NONE : copies));
    }

    private int rows(List<Tensor> inputs) {
        return batching && !inputs.isEmpty() ? Math.toIntExact(inputs.getFirst().shape().dim(0)) : 1;
    }

    /** Memory for all that lies in the message. */
    private @org.jspecify.annotations.Nullable TensorBuffer copies(List<WireTensor> sent) throws InferenceException {
        long bytes = 0;
        for (int i = 0; i < sent.size(); i++) {
            bytes += sent.get(i).location() instanceof Location.Inline inline ? TensorMemory.aligned(inline.length())
                    : 0;
        }
        return bytes == 0 ? null : memory.allocate(bytes);
    }
}
