package io.nereid.server.inference;

import io.nereid.inference.CountingLease;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.LateCancellation;
import io.nereid.inference.Requests;
import io.nereid.inference.ResponseListener;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

class OnlyResponseTest {
    private static final String NOT_ONE = "generate expects model to produce exactly 1 response, use generate stream"
            + " for model that generates various number of responses";

    private final CountingLease memory = new CountingLease();
    private final InferenceResponse response = Requests.response(memory);
    private final AtomicInteger cancels = new AtomicInteger();
    private final List<Object> received = new ArrayList<>();
    private final LateCancellation cancellation = new LateCancellation();
    private final OnlyResponse only = new OnlyResponse(new Answer(), cancellation,
            new InferenceException(ErrorCode.INTERNAL, NOT_ONE));

    @Test
    void onResponse_theLast_isTheAnswer() {
        cancellation.bind(cancels::incrementAndGet);
        only.onResponse(response, true);
        assertThat(received).containsExactly(response);
        assertThat(memory.releases()).isZero();
        assertThat(cancels).hasValue(0);
    }

    @Test
    void onEnd_afterOneResponse_isTheAnswer() {
        only.onResponse(response, false);
        assertThat(received).isEmpty();
        only.onEnd();
        assertThat(received).containsExactly(response);
        assertThat(memory.releases()).isZero();
    }

    @Test
    void onFailedResponse_theOnlyOne_isTheAnswerAtTheEnd() {
        InferenceException failed = new InferenceException(ErrorCode.INVALID_ARG, "no such word");
        only.onFailedResponse(failed);
        assertThat(received).isEmpty();
        only.onEnd();
        assertThat(received).containsExactly(failed);
    }

    @Test
    void onFailedResponse_besideAResponse_areTwo() {
        cancellation.bind(cancels::incrementAndGet);
        only.onResponse(response, false);
        only.onFailedResponse(new InferenceException(ErrorCode.INVALID_ARG, "no such word"));
        assertThat(cancels).hasValue(1);
        assertThat(memory.releases()).isOne();
        only.onEnd();
        assertNotOne();
    }

    @Test
    void onEnd_noResponse_isAnError() {
        only.onEnd();
        assertNotOne();
    }

    @Test
    void onResponse_theSecond_givesUpTheRestAndIsAnErrorAtTheEnd() {
        cancellation.bind(cancels::incrementAndGet);
        only.onResponse(response, false);
        only.onResponse(Requests.response(memory), false);
        assertThat(cancels).hasValue(1);
        assertThat(memory.releases()).isEqualTo(2);
        assertThat(received).isEmpty(); // the model's end is waited for
        only.onResponse(Requests.response(memory), false);
        only.onError(new InferenceException(ErrorCode.CANCELLED, "cancelled"));
        assertThat(memory.releases()).isEqualTo(3);
        assertNotOne();
    }

    @Test
    void onResponse_theSecondBeforeItHasBegun_givesUpAsSoonAsItCan() {
        only.onResponse(response, false);
        only.onResponse(Requests.response(memory), true);
        assertNotOne();
        cancellation.bind(cancels::incrementAndGet);
        assertThat(cancels).hasValue(1);
    }

    @Test
    void onError_afterOneResponse_isTheAnswer() {
        InferenceException failure = new InferenceException(ErrorCode.UNAVAILABLE, "out of memory");
        only.onResponse(response, false);
        only.onError(failure);
        assertThat(received).containsExactly(failure);
        assertThat(memory.releases()).isEqualTo(1);
    }

    private void assertNotOne() {
        assertThat(received).last().isInstanceOfSatisfying(InferenceException.class, error -> {
            assertThat(error.code()).isEqualTo(ErrorCode.INTERNAL);
            assertThat(error.text()).isEqualTo(NOT_ONE);
        });
        assertThat(received).hasSize(1);
    }

    private final class Answer implements ResponseListener {
        @Override
        public void onResponse(InferenceResponse answer, boolean last) {
            assertThat(last).isTrue();
            received.add(answer);
        }

        @Override
        public void onError(InferenceException error) {
            received.add(error);
        }
    }
}
