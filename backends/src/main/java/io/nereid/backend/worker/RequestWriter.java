package io.nereid.backend.worker;

import io.nereid.backend.WorkerMemory;
import io.nereid.backend.worker.memory.Extents;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.ParametersJson;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.Lease;
import io.nereid.inference.RequestTrace;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Writes requests into the message that has a worker execute them. Inputs that are neither short nor in shared memory
 * are copied there. Used by one thread.
 */
public final class RequestWriter {
    /** The longest tensor whose data is sent in a message, in bytes. */
    public static final int MAX_INLINE = 8192;

    private final ModelTensors tensors;
    private final WorkerMemory shared;
    private final Extents extents;

    RequestWriter(ModelTensors tensors, WorkerMemory shared, Extents extents) {
        this.tensors = tensors;
        this.shared = shared;
        this.extents = extents;
    }

    /** What keeps the memory of a request's inputs. */
    @FunctionalInterface
    interface Keeper {
        /** The memory, which is the caller's from here on; asked once at most. */
        Lease keep();
    }

    /**
     * Writes one request.
     *
     * @param keeper is asked if the worker gets an input where it lies
     * @throws InferenceException if there is no shared memory for a copy; nothing of the request is in the message then
     */
    void write(FrameWriter out, RunningRequest running, Keeper keeper) throws InferenceException {
        int mark = out.size();
        try {
            writeFields(out, running, keeper);
        } catch (InferenceException e) {
            out.rewind(mark);
            running.takeBack(extents);
            throw e;
        }
    }

    private void writeFields(FrameWriter out, RunningRequest running, Keeper keeper) throws InferenceException {
        InferenceRequest request = running.request();
        out.u64(running.handle()).str(request.id());
        SequenceIds.write(out, request.options());
        out.str(ParametersJson.write(request.parameters()));
        writeRequested(out, request.requestedOutputs());
        writeTraceContext(out, request.trace());
        List<Tensor> inputs = request.inputs();
        out.u32(inputs.size());
        Lease kept = keep(inputs, keeper);
        lendShared(inputs, running, kept);
        for (int i = 0; i < inputs.size(); i++) {
            Tensor input = inputs.get(i);
            out.tensorHead(input.name(), input.dataType(), tensors.inModel(input.name(), input.shape()));
            if (input.byteSize() <= MAX_INLINE) {
                out.inline(input.data());
            } else if (isShared(input)) {
                writeShared(out, shared, input.memory());
            } else {
                writeCopy(out, running, input);
            }
        }
    }

    /** Before anything can fail: the worker's extents have all references from here on. */
    private void lendShared(List<Tensor> inputs, RunningRequest running, Lease memory) {
        for (int i = 0; i < inputs.size(); i++) {
            if (isShared(inputs.get(i))) {
                lend(running, inputs.get(i).memory(), memory);
            }
        }
    }

    private void lend(RunningRequest running, TensorData data, Lease memory) {
        running.lend(extents.lend(shared.offsetOf(data), data.length(), memory));
    }

    /** The memory of a request with as many references as it has inputs that the worker gets where they lie. */
    private static Lease keep(List<Tensor> inputs, Keeper keeper) {
        int count = 0;
        for (int i = 0; i < inputs.size(); i++) {
            count += isShared(inputs.get(i)) ? 1 : 0;
        }
        return count == 0 ? Lease.NONE : keeper.keep().retain(count - 1);
    }

    /** Writes where data lies that the worker gets in place. */
    public static void writeShared(FrameWriter out, WorkerMemory shared, TensorData data) {
        long offset = shared.offsetOf(data);
        if (data.isForSeveral()) {
            out.sharedBySeveral(offset, data.length());
        } else {
            out.shared(offset, data.length());
        }
    }

    private static boolean isShared(Tensor input) {
        return input.byteSize() > MAX_INLINE && input.memory().kind() == TensorData.Kind.SHARED;
    }

    private static void writeRequested(FrameWriter out, List<String> requested) {
        out.flag(!requested.isEmpty());
        if (!requested.isEmpty()) {
            out.strings(requested);
        }
    }

    private static void writeTraceContext(FrameWriter out, @Nullable RequestTrace trace) {
        String context = trace == null ? null : trace.context();
        out.flag(context != null);
        if (context != null) {
            out.str(context);
        }
    }

    private void writeCopy(FrameWriter out, RunningRequest running, Tensor input) throws InferenceException {
        TensorBuffer copy = shared.allocator().allocate(input.byteSize());
        copy.segment().copyFrom(input.data());
        lend(running, copy.data(), copy);
        writeShared(out, shared, copy.data());
    }
}
