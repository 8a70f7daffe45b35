package io.nereid.server.inference;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.inference.RefusedRequests.Reason;
import org.junit.jupiter.api.Test;

import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class RefusedRequestsTest {
    private final RefusedRequests refused = new RefusedRequests();

    @Test
    void nothingHappened_noCounts() {
        assertThat(refused.counts()).isEmpty();
    }

    @Test
    void recordUnserved_countsByWhatTheClientIsTold() {
        refused.recordUnserved(new InferenceException(ErrorCode.NOT_FOUND, "no such model"));
        refused.recordUnserved(new InferenceException(ErrorCode.UNAVAILABLE, "it is being loaded"));
        refused.recordUnserved(new InferenceException(ErrorCode.UNAVAILABLE, "it is being unloaded"));
        refused.recordUnserved(new InferenceException(ErrorCode.INVALID_ARG, "the version is no number"));
        refused.recordMalformed();

        assertThat(refused.counts())
                .isEqualTo(Map.of(Reason.UNKNOWN_MODEL, 1L, Reason.NOT_READY, 2L, Reason.MALFORMED, 2L));
    }
}
