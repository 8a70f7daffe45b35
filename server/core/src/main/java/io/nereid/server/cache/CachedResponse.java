package io.nereid.server.cache;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.References;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import io.nereid.inference.TensorMemory;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An answer in memory of its own, which the cache holds and every response that is made of it. Thread-safe.
 */
final class CachedResponse implements Lease {
    /** What an entry takes beside its tensors: the key, its place in the cache, objects. */
    private static final int ENTRY_BYTES = 512;

    private final CacheScope scope;
    private final List<Tensor> outputs;
    private final Map<String, ParameterValue> parameters;
    private final TensorBuffer buffer;
    private final AtomicInteger references = new AtomicInteger(1);

    private CachedResponse(CacheScope scope, List<Tensor> outputs, Map<String, ParameterValue> parameters,
            TensorBuffer buffer) {
        this.scope = scope;
        this.outputs = outputs;
        this.parameters = parameters;
        this.buffer = buffer;
    }

    /**
     * A copy of a response, which stays the caller's.
     *
     * @throws InferenceException if there is no memory for it
     */
    static CachedResponse copyOf(InferenceResponse response, CacheScope scope, TensorAllocator memory)
            throws InferenceException {
        TensorBuffer buffer = memory.allocate(tensorBytes(response));
        List<Tensor> outputs = new ArrayList<>(response.outputs().size());
        long at = 0;
        for (Tensor output : response.outputs()) {
            TensorData data = buffer.data(at, output.byteSize());
            data.segment().copyFrom(output.data());
            outputs.add(new Tensor(output.name(), output.dataType(), output.shape(), data));
            at += TensorMemory.aligned(output.byteSize());
        }
        return new CachedResponse(scope, List.copyOf(outputs), Map.copyOf(response.parameters()), buffer);
    }

    private static long tensorBytes(InferenceResponse response) {
        long bytes = 0;
        for (Tensor output : response.outputs()) {
            bytes += TensorMemory.aligned(output.byteSize());
        }
        return bytes;
    }

    /** What an entry of this response takes. */
    static long entryBytes(InferenceResponse response) {
        return tensorBytes(response) + ENTRY_BYTES * (1L + response.outputs().size() + response.parameters().size());
    }

    /** What this entry takes. */
    long entryBytes() {
        return buffer.data().length() + ENTRY_BYTES * (1L + outputs.size() + parameters.size());
    }

    CacheScope scope() {
        return scope;
    }

    /** The answer, over the same memory; null if the cache has let go of it and so has everybody else. */
    @Nullable
    InferenceResponse toResponse() {
        return References.tryRetain(references, 1) ? new InferenceResponse(outputs, parameters, this) : null;
    }

    @Override
    public Lease retain(int more) {
        if (!References.tryRetain(references, more)) {
            throw new IllegalStateException("memory retained after its release");
        }
        return this;
    }

    @Override
    public void release() {
        if (References.release(references)) {
            buffer.release();
        }
    }
}
