package io.nereid.inference;

import java.util.List;
import java.util.Map;

/**
 * What a model answered to one request. Whoever owns the response releases {@code memory} exactly once, when the
 * outputs have been sent or dropped.
 *
 * @param outputs the tensors the client asked for, in the model's order
 * @param parameters custom parameters from the backend
 * @param memory what the outputs lie in
 */
public record InferenceResponse(List<Tensor> outputs, Map<String, ParameterValue> parameters, Lease memory)
        implements
            Outcome {
    @Override
    public void sendTo(ResponseListener listener) {
        listener.onResponse(this, true);
    }
}
