package io.nereid.server.http;

import io.nereid.inference.Cancellation;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.server.inference.LateCancellation;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the end of all responses where the answer has room for one: {@code generate}, of a model that may give any
 * number. If there are none or several, the answer is an error; what comes after the second is given up.
 */
final class OnlyResponse implements PendingAnswer {
    private final PendingAnswer answer;
    private final LateCancellation cancellation = new LateCancellation();
    private @Nullable InferenceResponse first;
    private boolean several;

    OnlyResponse(PendingAnswer answer) {
        this.answer = answer;
    }

    @Override
    public void begun(Cancellation known) {
        cancellation.bind(known);
        answer.begun(known);
    }

    @Override
    public void onResponse(InferenceResponse response, boolean last) {
        if (first == null && !several) {
            first = response;
        } else {
            several = true;
            response.memory().release();
            dropFirst();
            cancellation.cancel();
        }
        if (last) {
            onEnd();
        }
    }

    @Override
    public void onEnd() {
        InferenceResponse only = first;
        first = null;
        if (only != null) {
            answer.onResponse(only, true);
        } else {
            answer.onError(notOne());
        }
    }

    @Override
    public void onError(InferenceException error) {
        dropFirst();
        answer.onError(several ? notOne() : error);
    }

    private void dropFirst() {
        if (first != null) {
            first.memory().release();
            first = null;
        }
    }

    private static InferenceException notOne() {
        return new InferenceException(ErrorCode.INTERNAL, "generate expects model to produce exactly 1 response, use"
                + " generate stream for model that generates various number of responses");
    }
}
