package io.nereid.server.ensemble;

import io.nereid.inference.Cancellation;
import io.nereid.inference.DataType;
import io.nereid.inference.ElementLayout;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.RequestTimes;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorData;
import io.nereid.server.protocol.ClientRequest;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** The model of a step: keeps what it is asked until a test answers it. */
final class FakeModel implements StepModel {
    private final AtomicInteger held;
    final List<Asked> asked = new ArrayList<>();
    private final int inputDevice;

    /** @param held counts the memory of responses that somebody holds */
    FakeModel(AtomicInteger held) {
        this(held, TensorData.NO_DEVICE);
    }

    /** The same of one that reads inputs in the memory of that GPU. */
    FakeModel(AtomicInteger held, int inputDevice) {
        this.held = held;
        this.inputDevice = inputDevice;
    }

    /** One request. */
    static final class Asked {
        final ClientRequest request;
        final ResponseListener listener;
        final long ownBytes;
        final RequestTimes times;
        boolean cancelled;

        Asked(StepRequest step, ResponseListener listener) {
            this.request = step.request();
            this.listener = listener;
            this.ownBytes = step.ownBytes();
            this.times = step.times();
        }
    }

    @Override
    public Cancellation start(StepRequest request, ResponseListener listener) {
        Asked now = new Asked(request, listener);
        asked.add(now);
        return () -> now.cancelled = true;
    }

    @Override
    public int inputDevice() {
        return inputDevice;
    }

    /** The request that came last. */
    Asked last() {
        return asked.getLast();
    }

    /** The value of an input of a request that came. */
    static long value(Asked request, String input) {
        return request.request.inputs().stream().filter(tensor -> tensor.name().equals(input)).findFirst()
                .map(FakeModel::value).orElseThrow();
    }

    static long value(Tensor tensor) {
        return tensor.data().get(ElementLayout.LONG, 0);
    }

    static Tensor tensor(String name, long value) {
        return tensor(name, value, Shape.of(1));
    }

    static Tensor tensor(String name, long value, Shape shape) {
        MemorySegment memory = Arena.ofAuto().allocate(8);
        memory.set(ElementLayout.LONG, 0, value);
        return new Tensor(name, DataType.INT64, shape, memory);
    }

    /** A response that is the only one. */
    void answer(Asked request, Tensor... outputs) {
        request.request.memory().release();
        request.listener.onResponse(response(Map.of(), outputs), true);
    }

    InferenceResponse response(Map<String, ParameterValue> parameters, Tensor... outputs) {
        held.incrementAndGet();
        AtomicInteger left = new AtomicInteger(1);
        Lease once = () -> {
            if (left.decrementAndGet() < 0) {
                throw new IllegalStateException("released twice");
            }
            held.decrementAndGet();
        };
        return new InferenceResponse(List.of(outputs), parameters, once);
    }

    void fail(Asked request, ErrorCode code, String text) {
        request.request.memory().release();
        request.listener.onError(new InferenceException(code, text));
    }
}
