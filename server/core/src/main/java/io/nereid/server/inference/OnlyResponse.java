package io.nereid.server.inference;

import io.nereid.inference.Cancellation;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.ResponseListener;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the end of all responses where the answer takes one, and the model may give any number. If there are
 * none or several, the answer is an error; what comes after the second is cancelled.
 */
final class OnlyResponse implements ResponseListener {
    private final ResponseListener answer;
    private final Cancellation cancellation;
    private final InferenceException notOne;
    private @Nullable InferenceResponse first;
    /** In the place of the first response. */
    private @Nullable InferenceException failed;
    private boolean several;

    /**
     * Nothing has come yet.
     *
     * @param answer receives one response, which is the last, or an error
     * @param cancellation cancels the request
     * @param notOne the error where there are none or several
     */
    OnlyResponse(ResponseListener answer, Cancellation cancellation, InferenceException notOne) {
        this.answer = answer;
        this.cancellation = cancellation;
        this.notOne = notOne;
    }

    @Override
    public void onResponse(InferenceResponse response, boolean last) {
        if (first == null && failed == null && !several) {
            first = response;
        } else {
            response.memory().release();
            foundSeveral();
        }
        if (last) {
            onEnd();
        }
    }

    @Override
    public void onFailedResponse(InferenceException error) {
        if (first == null && failed == null && !several) {
            failed = error;
        } else {
            foundSeveral();
        }
    }

    private void foundSeveral() {
        several = true;
        failed = null;
        dropFirst();
        cancellation.cancel();
    }

    @Override
    public void onEnd() {
        InferenceResponse only = first;
        first = null;
        if (only != null) {
            answer.onResponse(only, true);
        } else {
            answer.onError(failed == null ? notOne : failed);
        }
    }

    @Override
    public void onError(InferenceException error) {
        dropFirst();
        answer.onError(several ? notOne : error);
    }

    private void dropFirst() {
        if (first != null) {
            first.memory().release();
            first = null;
        }
    }
}
