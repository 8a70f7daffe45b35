package io.nereid.backend.onnxruntime;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The states of one sequence, as its next request gets them. A buffer is used again while the size stays the same. Used
 * by one thread at a time.
 */
final class KeptStates implements Lease {
    private final List<StateTensor> states;
    private final Shape[] shapes;
    /** Null where the state is the initial one. */
    private final @Nullable MemorySegment[] data;
    private final @Nullable TensorBuffer[] buffers;
    /** What the next values go to where they do not fit the buffers. */
    private final @Nullable TensorBuffer[] spare;

    /** The states at the start of a sequence. */
    KeptStates(List<StateTensor> states) {
        this.states = states;
        this.shapes = new Shape[states.size()];
        this.data = new @Nullable MemorySegment[states.size()];
        this.buffers = new @Nullable TensorBuffer[states.size()];
        this.spare = new @Nullable TensorBuffer[states.size()];
        reset();
    }

    /** Another sequence starts in the place of this one. */
    void reset() {
        for (int i = 0; i < shapes.length; i++) {
            shapes[i] = states.get(i).initialShape();
            data[i] = null;
        }
    }

    Shape shape(int state) {
        return shapes[state];
    }

    MemorySegment data(int state) {
        MemorySegment changed = data[state];
        return changed == null ? states.get(state).initial() : changed;
    }

    /** Makes room for the next value of a state; without it {@link #set} may not be called. */
    void reserve(int state, Tensor next, TensorAllocator memory) throws InferenceException {
        TensorBuffer there = buffers[state];
        if (there == null || there.segment().byteSize() != next.byteSize()) {
            TensorBuffer before = spare[state];
            spare[state] = null;
            if (before != null) {
                before.release();
            }
            spare[state] = memory.allocate(next.byteSize());
        }
    }

    /** Copies the next value. */
    void set(int state, Tensor next) {
        TensorBuffer larger = spare[state];
        if (larger != null) {
            releaseBuffer(state);
            buffers[state] = larger;
            spare[state] = null;
        }
        MemorySegment segment = buffer(state).segment();
        segment.copyFrom(next.data());
        data[state] = segment;
        shapes[state] = next.shape();
    }

    private TensorBuffer buffer(int state) {
        TensorBuffer there = buffers[state];
        if (there == null) {
            throw new IllegalStateException("no room was reserved for state '" + states.get(state).name() + "'");
        }
        return there;
    }

    private void releaseBuffer(int state) {
        TensorBuffer there = buffers[state];
        buffers[state] = null;
        if (there != null) {
            there.release();
        }
    }

    @Override
    public void release() {
        for (int i = 0; i < buffers.length; i++) {
            releaseBuffer(i);
            TensorBuffer unused = spare[i];
            spare[i] = null;
            if (unused != null) {
                unused.release();
            }
        }
    }
}
