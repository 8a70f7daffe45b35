package io.nereid.backend.onnxruntime;

import io.nereid.backend.onnxruntime.binding.SessionCall;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import io.nereid.inference.TensorMemory;
import io.nereid.scheduler.instance.Batch;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Takes the outputs of a call to the responses. Outputs whose shape is known beforehand are written by ONNX Runtime
 * into one buffer, which is zeroed first unless the call writes all of it, since some kernels leave a part of an output
 * as it was, or stay on its GPU where that is wanted; the others are copied, once, into a second one: values of ONNX
 * Runtime's own may lie over a request's memory, which is given back before the response is sent. The responses of a
 * batch share the buffers. Used by one thread.
 */
final class OutputTensors {
    private final OutputPlan[] plans;
    private final StateTensors states;
    /** Outputs that states take over; those that no client gets come last. */
    private final boolean[] isState;
    private final int forClients;
    private final SessionCall call;
    private final TensorAllocator memory;
    private final OutputsOnDevice onDevice;
    /** By output: where on a GPU it stays; null for host memory. */
    private final @Nullable TensorData[] staying;
    private final OutputRows[] ready;
    /** For each scattered output the shapes of the requests' parts, and how many elements have been given out. */
    private final Shape[][] parts;
    private final long[] givenOut;
    /** Whether one request alone gets its rows too, and not whatever the model gave. */
    private final boolean rowsRequired;
    private final boolean[] wanted;
    private final boolean writtenWhole;
    private boolean shapesTrusted = true;
    private @Nullable TensorBuffer written;
    private @Nullable TensorBuffer copied;

    OutputTensors(SignatureCheck.Checked checked, StateTensors states, SessionCall call, TensorAllocator memory) {
        this.plans = new OutputPlan[checked.outputs().size()];
        for (int i = 0; i < plans.length; i++) {
            plans[i] = OutputPlan.of(checked.outputs().get(i), checked.outputSignatures().get(i), checked);
        }
        this.call = call;
        this.memory = memory;
        this.onDevice = new OutputsOnDevice(call);
        this.staying = new @Nullable TensorData[plans.length];
        this.ready = new OutputRows[plans.length];
        this.parts = new Shape[plans.length][];
        this.givenOut = new long[plans.length];
        this.rowsRequired = checked.batching() && checked.ragged();
        this.wanted = new boolean[plans.length];
        this.writtenWhole = call.writesAllOfOutputs();
        this.states = states;
        this.isState = new boolean[plans.length];
        checked.states().forEach(state -> isState[state.output()] = true);
        this.forClients = plans.length - checked.hiddenOutputs();
    }

    /** Asks the call for the outputs that any of the requests wants. */
    void want(Batch batch, int first, int count, int rows) throws InferenceException {
        long bytes = 0;
        for (int i = 0; i < plans.length; i++) {
            wanted[i] = isState[i] || isWanted(plans[i].tensor().name(), batch, first, count);
            staying[i] = null;
            if (wanted[i] && isPreallocated(plans[i])) {
                bytes += hostBytes(i, plans[i].size(rows), batch, first, count);
            }
        }
        long at = 0;
        for (int i = 0; i < plans.length; i++) {
            TensorData stays = staying[i];
            if (stays != null) {
                call.outputOnDevice(i, plans[i].shape(), stays);
                ready[i] = OutputRows.of(plans[i].tensor(), plans[i].shape(), stays);
            } else if (wanted[i] && isPreallocated(plans[i])) {
                at = wantInto(i, bytes, at);
            } else if (wanted[i]) {
                call.output(i);
            }
        }
    }

    /** Finds a place for an output of known size; how much of it is in host memory. */
    private long hostBytes(int index, long size, Batch batch, int first, int count) {
        if (!isState[index] && plans[index].scatter() == null) {
            staying[index] = onDevice.place(index, plans[index].tensor().name(), size, batch, first, count);
        }
        return staying[index] == null ? TensorMemory.aligned(size) : 0;
    }

    private long wantInto(int index, long bytes, long at) throws InferenceException {
        OutputPlan plan = plans[index];
        TensorBuffer buffer = written == null ? room(bytes) : written;
        written = buffer;
        // The size was computed for these rows a moment ago.
        long size = plan.shape().elementCount() * plan.tensor().dataType().byteSize();
        MemorySegment data = buffer.segment().asSlice(at, size);
        call.outputInto(index, plan.shape(), data);
        ready[index] = OutputRows.of(plan.tensor(), plan.shape(), data);
        return at + TensorMemory.aligned(size);
    }

    private TensorBuffer room(long bytes) throws InferenceException {
        return writtenWhole ? memory.allocate(bytes) : memory.allocateZeroed(bytes);
    }

    private boolean isPreallocated(OutputPlan plan) {
        return shapesTrusted && plan.isShapeKnown();
    }

    private static boolean isWanted(String output, Batch batch, int first, int count) {
        for (int i = first; i < first + count; i++) {
            if (batch.request(i).wants(output)) {
                return true;
            }
        }
        return false;
    }

    /**
     * From now on leaves all shapes to ONNX Runtime, since the model does not keep to its own signature.
     *
     * @return false if that is so already, or no shape was given to the last run
     */
    boolean distrustShapes() {
        boolean changed = shapesTrusted && (written != null || onDevice.isAny());
        shapesTrusted &= !changed;
        return changed;
    }

    /** Answers the requests from the outputs of the run; either all of them or, if it throws, none. */
    void respond(Batch batch, int first, int count, int rows) throws InferenceException {
        collect();
        boolean whole = count == 1 && !rowsRequired;
        requireParts(batch, first, count, whole ? -1 : rows);
        List<List<Tensor>> tensors = new ArrayList<>(count);
        int row = 0;
        for (int i = 0; i < count; i++) {
            InferenceRequest request = batch.request(first + i);
            tensors.add(tensors(request, i, row, whole ? -1 : request.batchSize()));
            row += request.batchSize();
        }
        states.take(first, count, ready);
        Lease lease = shared(count); // from here on nothing fails
        for (int i = 0; i < count; i++) {
            batch.respond(first + i, new InferenceResponse(tensors.get(i), Map.of(), lease));
        }
    }

    /** Fails unless every output has a part for each request; {@code rows} is -1 where one request gets all of it. */
    private void requireParts(Batch batch, int first, int count, int rows) throws InferenceException {
        for (int i = 0; i < plans.length; i++) {
            Scatter scatter = plans[i].scatter();
            if (wanted[i] && scatter != null) {
                parts[i] = scatter.shapes(batch, first, count);
                givenOut[i] = 0;
                ready[i].requireElements(Scatter.elementCount(parts[i]));
            } else if (wanted[i] && rows >= 0) {
                ready[i].requireRows(rows);
            }
        }
    }

    private List<Tensor> tensors(InferenceRequest request, int number, int row, int size) {
        List<Tensor> tensors = new ArrayList<>(plans.length);
        for (int i = 0; i < plans.length; i++) {
            boolean wants = wanted[i] && i < forClients && request.wants(plans[i].tensor().name());
            if (wanted[i] && plans[i].scatter() != null) {
                Tensor part = nextPart(i, parts[i][number]);
                if (wants) {
                    tensors.add(part);
                }
            } else if (wants) {
                tensors.add(size < 0 ? ready[i].all() : ready[i].rows(row, size));
            }
        }
        return tensors;
    }

    private Tensor nextPart(int index, Shape shape) {
        long from = givenOut[index];
        givenOut[index] = from + shape.elementCount();
        return ready[index].elements(from, shape);
    }

    /** One reference to the buffers for each response; they are the responses' from here on. */
    private Lease shared(int count) {
        List<Lease> held = new ArrayList<>(2);
        if (written != null) {
            held.add(written);
        }
        if (copied != null) {
            held.add(copied);
        }
        onDevice.takeLeases(held);
        written = null;
        copied = null;
        return switch (held.size()) {
            case 0 -> Lease.NONE;
            case 1 -> held.getFirst().retain(count - 1);
            default -> {
                Lease all = () -> held.forEach(Lease::release);
                yield all.retain(count - 1);
            }
        };
    }

    /** Copies the outputs that ONNX Runtime made. */
    private void collect() throws InferenceException {
        List<RuntimeOutput> made = new ArrayList<>(0);
        try {
            long bytes = 0;
            for (int i = 0; i < plans.length; i++) {
                if (wanted[i] && !isPreallocated(plans[i])) {
                    RuntimeOutput output = RuntimeOutput.of(i, plans[i].tensor(), call.take(i));
                    made.add(output);
                    bytes += TensorMemory.aligned(output.byteSize());
                }
            }
            if (!made.isEmpty()) {
                copy(made, bytes);
            }
        } finally {
            made.forEach(output -> output.value().close());
        }
    }

    private void copy(List<RuntimeOutput> made, long bytes) throws InferenceException {
        TensorBuffer buffer = memory.allocate(bytes);
        copied = buffer;
        long at = 0;
        for (RuntimeOutput output : made) {
            MemorySegment data = buffer.segment().asSlice(at, output.byteSize());
            ready[output.index()] = output.copyTo(data, memory,
                    plans[output.index()].scatter() != null);
            at += TensorMemory.aligned(output.byteSize());
        }
    }

    /** Gives back the buffers that no response has taken. */
    void release() {
        if (written != null) {
            written.release();
            written = null;
        }
        if (copied != null) {
            copied.release();
            copied = null;
        }
        onDevice.release();
    }
}
