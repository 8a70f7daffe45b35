package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.TensorMemory;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.server.protocol.RequestedOutput;

import java.util.List;

final class ClassifiedResponse {
    private ClassifiedResponse() {}

    static InferenceResponse of(InferenceResponse response, List<RequestedOutput> outputs, ModelSignature model,
            TensorMemory memory) throws InferenceException {
        return response;
    }
}
