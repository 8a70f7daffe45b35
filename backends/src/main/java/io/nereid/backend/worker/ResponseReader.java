package io.nereid.backend.worker;

import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.message.ParametersJson;
import io.nereid.backend.worker.message.WireTensor;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Outcome;
import io.nereid.inference.ParameterValue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Makes responses of what a worker answers. Thread-safe. */
public final class ResponseReader {
    private final OutputRules rules;
    private final IncomingTensors incoming;

    public ResponseReader(OutputRules rules, IncomingTensors incoming) {
        this.rules = rules;
        this.incoming = incoming;
    }

    /**
     * Reads a response to a request; outputs that it does not want are dropped.
     *
     * @return the response, which is the caller's, or the error if it must not be sent
     * @throws MalformedFrameException if no worker writes that
     */
    public Outcome response(FrameReader in, InferenceRequest request) throws MalformedFrameException {
        Map<String, ParameterValue> parameters = ParametersJson.read(in.str());
        List<WireTensor> answered = in.tensors();
        try {
            IncomingTensors.Kept kept = incoming.keep(wanted(answered, request));
            return new InferenceResponse(kept.tensors(), parameters, kept.memory());
        } catch (InferenceException e) {
            return e;
        }
    }

    private List<WireTensor> wanted(List<WireTensor> answered, InferenceRequest request) throws InferenceException {
        List<WireTensor> wanted = new ArrayList<>(answered.size());
        for (int i = 0; i < answered.size(); i++) {
            WireTensor tensor = answered.get(i);
            ModelTensors.ModelTensor configured = rules.tensors().output(tensor.name());
            if (configured != null && request.wants(tensor.name())) {
                WireTensor outside = tensor.withShape(configured.fromModel().applyWhereFits(tensor.shape()));
                rules.check(outside, configured, request.batchSize());
                wanted.add(outside);
            }
        }
        return wanted;
    }
}
