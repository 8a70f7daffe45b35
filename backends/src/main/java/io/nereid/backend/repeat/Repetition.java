package io.nereid.backend.repeat;

import io.nereid.backend.Pause;
import io.nereid.backend.Sleeper;
import io.nereid.backend.StreamThread;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.scheduler.instance.ResponseSender;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The responses to one request: values and delays, copied since they outlive the execution. */
final class Repetition implements StreamThread.Stream {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final Shape ONE = Shape.of(1);
    /** An instance that waits serves nobody: it is not to be blocked for as long as 32 bits allow, seven weeks. */
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);
    private static final long INDEX_OFFSET = TensorMemory.ALIGNMENT;

    private final TensorAllocator memory;
    private final boolean givesValue;
    private final boolean givesIndex;
    private final Duration wait;
    private final Pause waiting;
    private final Pause delaying;
    /** The values, then the delays in milliseconds. */
    private final TensorBuffer inputs;
    private final long count;
    private volatile boolean cancelled;

    private Repetition(InferenceRequest request, Duration wait, TensorBuffer inputs, long count, Sleeper sleeper,
            TensorAllocator memory) {
        this.memory = memory;
        this.givesValue = request.wants("OUT");
        this.givesIndex = request.wants("IDX");
        this.wait = wait;
        this.waiting = new Pause(sleeper);
        this.delaying = new Pause(sleeper);
        this.inputs = inputs;
        this.count = count;
    }

    /**
     * What a request asks for; it must be sent or {@link #release released}.
     *
     * @throws InferenceException INVALID_ARG if its inputs do not go together, UNAVAILABLE if there is no memory for
     *     them
     */
    static Repetition of(InferenceRequest request, Sleeper sleeper, TensorAllocator memory) throws InferenceException {
        Tensor values = request.requiredInput("IN");
        Tensor delays = request.requiredInput("DELAY");
        Duration wait = wait(request.requiredInput("WAIT"));
        if (values.byteSize() != delays.byteSize()) {
            throw new InferenceException(ErrorCode.INVALID_ARG,
                    "input 'DELAY' has " + delays.byteSize() / Integer.BYTES + " elements (expected "
                            + values.byteSize() / Integer.BYTES + ", as many as 'IN')");
        }
        TensorBuffer inputs = memory.allocate(2 * values.byteSize());
        MemorySegment.copy(values.data(), 0, inputs.segment(), 0, values.byteSize());
        MemorySegment.copy(delays.data(), 0, inputs.segment(), values.byteSize(), values.byteSize());
        return new Repetition(request, wait, inputs, values.byteSize() / Integer.BYTES, sleeper,
                memory);
    }

    private static Duration wait(Tensor input) throws InferenceException {
        Duration wait = millis(input.data(), 0);
        if (wait.compareTo(LONGEST_WAIT) > 0) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "input 'WAIT' is " + wait.toMillis()
                    + " (expected at most " + LONGEST_WAIT.toMillis() + " milliseconds)");
        }
        return wait;
    }

    private static Duration millis(MemorySegment data, long index) {
        return Duration.ofMillis(Integer.toUnsignedLong(data.get(INT, index * Integer.BYTES)));
    }

    /** Lets the time pass that the execution is to take, unless the request is cancelled. */
    void waitAsAsked() {
        if (!wait.isZero()) {
            boolean _ = waiting.sleep(wait);
        }
    }

    /** Nobody wants the rest. On any thread. */
    void cancel() {
        cancelled = true;
        waiting.end();
        delaying.end();
    }

    /** Nothing comes after this request: the execution need not wait. On any thread. */
    void endWait() {
        waiting.end();
    }

    /**
     * The response of a model that gives one, when the delay and the wait have passed; then all is released.
     *
     * @throws InferenceException INVALID_ARG if there would not be exactly one, CANCELLED if the request was cancelled
     */
    InferenceResponse onlyResponse() throws InferenceException {
        try {
            if (count != 1) {
                throw new InferenceException(ErrorCode.INVALID_ARG, "input 'IN' has " + count + " elements (expected 1:"
                        + " the model is not decoupled, so that a request has exactly one response)");
            }
            Duration delay = millis(inputs.segment(), 1);
            if (delay.isZero() || delaying.sleep(delay)) {
                waitAsAsked();
            }
            if (cancelled) {
                throw new InferenceException(ErrorCode.CANCELLED, "the request was cancelled while it ran");
            }
            return response(0);
        } finally {
            release();
        }
    }

    /** Gives back what the copies lie in. */
    void release() {
        inputs.release();
    }

    @Override
    public void send(ResponseSender sender) throws InferenceException {
        try {
            for (long i = 0; i < count && !sender.isCancelled(); i++) {
                Duration delay = millis(inputs.segment(), count + i);
                if (delay.isZero() || delaying.sleep(delay)) {
                    sender.send(response((int) i));
                }
            }
        } finally {
            release(); // before the listener receives the end
        }
        sender.end();
    }

    private InferenceResponse response(int index) throws InferenceException {
        TensorBuffer buffer = memory.allocate(INDEX_OFFSET + Integer.BYTES);
        List<Tensor> outputs = new ArrayList<>(2);
        if (givesValue) {
            int value = inputs.segment().get(INT, (long) index * Integer.BYTES);
            outputs.add(element("OUT", DataType.INT32, buffer.segment().asSlice(0, Integer.BYTES), value));
        }
        if (givesIndex) {
            outputs.add(element("IDX", DataType.UINT32, buffer.segment().asSlice(INDEX_OFFSET, Integer.BYTES), index));
        }
        return new InferenceResponse(outputs, Map.of(), buffer);
    }

    private static Tensor element(String name, DataType type, MemorySegment data, int value) {
        data.set(INT, 0, value);
        return new Tensor(name, type, ONE, data);
    }
}
