package io.nereid.server.inference;

import io.nereid.inference.InferenceResponse;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.Tensor;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What a model answered to a program in the same process. It holds tensor memory of the server until it is closed;
 * outputs are not read after that. Thread-safe.
 */
public final class InferenceResult implements AutoCloseable {
    private final InferenceResponse response;
    private final AtomicBoolean closed = new AtomicBoolean();

    InferenceResult(InferenceResponse response) {
        this.response = response;
    }

    /** The outputs, in the order of the model's configuration. */
    public List<OutputTensor> outputs() {
        if (closed.get()) {
            throw new IllegalStateException("the result is closed");
        }
        return response.outputs().stream().map(OutputTensor::new).toList();
    }

    /** The output of that name. */
    public OutputTensor output(String name) {
        List<OutputTensor> all = outputs();
        return all.stream().filter(output -> output.name().equals(name)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no output '%s' (there are: %s)".formatted(name,
                        String.join(", ", response.outputs().stream().map(Tensor::name).toList()))));
    }

    /** Parameters that the backend gave. */
    public Map<String, ParameterValue> parameters() {
        return response.parameters();
    }

    /** Gives the memory of the outputs back. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            response.memory().release();
        }
    }
}
