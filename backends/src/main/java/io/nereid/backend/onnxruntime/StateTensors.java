package io.nereid.backend.onnxruntime;

import io.nereid.backend.onnxruntime.binding.SessionCall;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.inference.Shape;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;
import io.nereid.scheduler.SequenceState;
import io.nereid.scheduler.instance.Batch;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Gives the states of sequences to a call and takes over their next values. The state of one request is read where it
 * lies; those of several are copied one behind the other into a buffer that {@link #release} returns. A null row, and a
 * sample of a warm-up, gets the initial states, and what becomes of them is dropped. Used by one thread.
 */
final class StateTensors {
    private final List<StateTensor> states;
    private final SessionCall call;
    private final TensorAllocator memory;
    private final List<TensorBuffer> gathered = new ArrayList<>(0);
    /** Those of the requests of the batch under way, from the first to the last that was asked for. */
    private final List<KeptStates> current = new ArrayList<>(0);

    StateTensors(SignatureCheck.Checked checked, SessionCall call, TensorAllocator memory) {
        this.states = checked.states();
        this.call = call;
        this.memory = memory;
    }

    /**
     * Gives the states of {@code count} requests of the batch, together of {@code rows} rows.
     *
     * @throws InferenceException INVALID_ARG if they are of different shapes
     */
    void give(Batch batch, int first, int count, int rows) throws InferenceException {
        if (states.isEmpty()) {
            return;
        }
        while (current.size() < first + count) {
            current.add(taken(batch, current.size()));
        }
        for (int i = 0; i < states.size(); i++) {
            give(states.get(i), i, first, count, rows);
        }
    }

    private KeptStates taken(Batch batch, int index) {
        SequenceState state = batch.sequenceState(index);
        Lease kept = state == null ? null : state.take();
        if (!(kept instanceof KeptStates before)) {
            return new KeptStates(states);
        }
        if (batch.request(index).options().sequenceStart()) {
            before.reset();
        }
        return before;
    }

    private KeptStates of(int index) {
        return current.get(index);
    }

    private void give(StateTensor state, int number, int first, int count, int rows) throws InferenceException {
        Shape row = of(first).shape(number);
        List<MemorySegment> data = new ArrayList<>(count);
        for (int i = first; i < first + count; i++) {
            if (!of(i).shape(number).equals(row)) {
                throw new InferenceException(ErrorCode.INVALID_ARG, "state '" + state.name()
                        + "' has different shapes in one batch, " + row + " and " + of(i).shape(number));
            }
            data.add(of(i).data(number));
        }
        Shape shape = count == 1 ? row : row.withFirst(rows);
        if (state.dataType() == DataType.BYTES) {
            call.stringInput(state.input(), shape, data);
        } else {
            call.input(state.input(), shape, count == 1 ? data.getFirst() : gather(data));
        }
    }

    private MemorySegment gather(List<MemorySegment> data) throws InferenceException {
        long size = data.getFirst().byteSize();
        TensorBuffer buffer = memory.allocate(size * data.size());
        gathered.add(buffer);
        for (int i = 0; i < data.size(); i++) {
            MemorySegment.copy(data.get(i), 0, buffer.segment(), i * size, size);
        }
        return buffer.segment();
    }

    /**
     * Takes over the next values of {@code count} requests, of all or, if it throws, of none.
     *
     * @param outputs what the run gave, by number
     */
    void take(int first, int count, OutputRows[] outputs) throws InferenceException {
        for (int i = 0; i < states.size(); i++) {
            OutputRows rows = outputs[states.get(i).output()];
            for (int row = 0; row < count; row++) {
                of(first + row).reserve(i, count == 1 ? rows.all() : rows.rows(row, 1), memory);
            }
        }
        for (int i = 0; i < states.size(); i++) {
            OutputRows rows = outputs[states.get(i).output()];
            for (int row = 0; row < count; row++) {
                of(first + row).set(i, count == 1 ? rows.all() : rows.rows(row, 1));
            }
        }
    }

    /** Gives the gathered copies back. */
    void release() {
        gathered.forEach(TensorBuffer::release);
        gathered.clear();
    }

    /** The batch has run: its sequences have their states again. */
    void finish(Batch batch) {
        for (int i = 0; i < current.size(); i++) {
            SequenceState state = batch.sequenceState(i);
            if (state == null) {
                of(i).release();
            } else {
                state.keep(of(i));
            }
        }
        current.clear();
    }
}
