package io.nereid.scheduler;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.ResponseListener;

/**
 * Fills a row of a batch that no request is for, where rows have fixed places. Whatever the model answers is dropped;
 * nobody waits for it, so that it counts as cancelled from the beginning.
 */
public final class NullRow extends QueuedRequest {
    private static final ResponseListener NOBODY = new ResponseListener() {
        @Override
        public void onResponse(InferenceResponse response, boolean last) {
            response.memory().release();
        }

        @Override
        public void onEnd() {
            // nobody waits
        }

        @Override
        public void onError(InferenceException error) {
            // nobody waits
        }
    };

    /** A row of these inputs. */
    public NullRow(InferenceRequest request) {
        super(request, NOBODY, BatchKey.ANY, 0, _ -> {
        });
        markCancelled();
    }

    @Override
    public boolean isNullRow() {
        return true;
    }
}
