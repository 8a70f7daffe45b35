package io.nereid.server.inference;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.ResponseListener;

/** A request of a program in this process: hands on what its listener is to hear, and holds what the request holds. */
final class InProcessCall implements ResponseListener {
    private final AdmittedRequest admitted;
    private final ResponseListener listener;
    /** Whether the listener was told of a failure; what the model still gives is for nobody. */
    private boolean failed;

    InProcessCall(AdmittedRequest admitted, ResponseListener listener) {
        this.admitted = admitted;
        this.listener = listener;
    }

    @Override
    public void onResponse(InferenceResponse response, boolean last) {
        if (failed) {
            response.memory().release();
        } else {
            tell(response, last);
        }
        if (last) {
            end();
        }
    }

    private void tell(InferenceResponse response, boolean last) {
        InferenceResponse shaped;
        try {
            shaped = admitted.shape(response);
        } catch (InferenceException e) {
            response.memory().release();
            failed = true;
            listener.onError(e);
            return;
        }
        listener.onResponse(shaped, last);
    }

    @Override
    public void onEnd() {
        end();
        if (!failed) {
            listener.onEnd();
        }
    }

    @Override
    public void onError(InferenceException error) {
        end();
        if (!failed) {
            listener.onError(error);
        }
    }

    /** Gives back what the request holds. */
    void end() {
        admitted.finish();
        admitted.ticket().release();
    }
}
