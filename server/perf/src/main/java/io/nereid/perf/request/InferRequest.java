package io.nereid.perf.request;

import java.util.List;

/**
 * A request to a model.
 *
 * @param version the server's choice if empty
 */
public record InferRequest(String model, String version, List<RequestedInput> inputs, List<RequestedOutput> outputs) {
    public InferRequest {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }
}
