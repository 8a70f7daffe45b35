package io.nereid.backend.python;

import io.nereid.backend.WorkerMemory;
import io.nereid.backend.worker.RequestWriter;
import io.nereid.backend.worker.memory.Extents;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.ParametersJson;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;

import java.util.ArrayList;
import java.util.List;

/**
 * Writes responses of other models for a worker. A tensor that lies in shared memory is the worker's where it is, until
 * the worker frees it; others are copied. Thread-safe.
 */
final class OutgoingTensors {
    private final WorkerMemory shared;
    private final Extents extents;

    OutgoingTensors(WorkerMemory shared, Extents extents) {
        this.shared = shared;
        this.extents = extents;
    }

    /**
     * What the worker is to have, once all of the response is written.
     *
     * @param copied whether the memory is a copy's, and not the response's
     */
    private record Grant(TensorData data, Lease memory, boolean copied) {}

    /**
     * Writes the parameters and the tensors of a response, which is this object's from here on.
     *
     * @throws InferenceException if there is no shared memory for a copy; the worker has nothing of it then
     */
    void write(FrameWriter out, InferenceResponse response) throws InferenceException {
        List<Tensor> outputs = response.outputs();
        int inPlace = (int) outputs.stream().filter(OutgoingTensors::staysInPlace).count();
        Lease memory = response.memory().retain(inPlace); // one for each of them, and ours
        List<Grant> grants = new ArrayList<>(0);
        try {
            out.str(ParametersJson.write(response.parameters()));
            out.u32(outputs.size());
            for (int i = 0; i < outputs.size(); i++) {
                write(out, outputs.get(i), memory, grants);
            }
            grants.forEach(grant -> extents.grant(shared.offsetOf(grant.data), grant.data.length(), grant.memory));
        } catch (InferenceException e) {
            grants.stream().filter(Grant::copied).forEach(grant -> grant.memory.release());
            for (int i = 0; i < inPlace; i++) {
                memory.release();
            }
            throw e;
        } finally {
            memory.release();
        }
    }

    private static boolean staysInPlace(Tensor output) {
        return output.byteSize() > RequestWriter.MAX_INLINE && output.memory().kind() == TensorData.Kind.SHARED;
    }

    private void write(FrameWriter out, Tensor output, Lease memory, List<Grant> grants) throws InferenceException {
        out.tensorHead(output.name(), output.dataType(), output.shape());
        if (output.byteSize() <= RequestWriter.MAX_INLINE) {
            out.inline(output.data());
            return;
        }
        Grant grant = staysInPlace(output) ? new Grant(output.memory(), memory, false) : copy(output);
        grants.add(grant);
        RequestWriter.writeShared(out, shared, grant.data);
    }

    private Grant copy(Tensor output) throws InferenceException {
        TensorBuffer copy = shared.allocator().allocate(output.byteSize());
        copy.segment().copyFrom(output.data());
        return new Grant(copy.data(), copy, true);
    }
}
