package io.nereid.server.model;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(60)
class ModelReadinessTest {
    private static final long LONG = TimeUnit.SECONDS.toNanos(30);

    private static Readiness of(long limitNanos, List<CompletableFuture<Boolean>> answers) {
        return new Readiness(() -> answers, limitNanos);
    }

    @Test
    void await_allReadyOrNobodyToAsk_returns() {
        assertThatCode(of(LONG, List.of())::await).doesNotThrowAnyException();
        assertThatCode(of(LONG, List.of(CompletableFuture.completedFuture(true)))::await).doesNotThrowAnyException();
    }

    @Test
    void await_oneOfTwoIsNot_saysSo() {
        assertThatExceptionOfType(InferenceException.class).isThrownBy(of(LONG,
                List.of(CompletableFuture.completedFuture(true), CompletableFuture.completedFuture(false)))::await)
                .withMessage("is_ready() of the model returned False");
    }

    @Test
    void await_oneFails_isThatError() {
        InferenceException failure = new InferenceException(ErrorCode.INTERNAL,
                "is_ready() must return a boolean value");
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(of(LONG, List.of(CompletableFuture.failedFuture(failure)))::await)
                .withMessage("is_ready() must return a boolean value");
    }

    @Test
    void await_noAnswer_endsWithTheLimit() {
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(of(1, List.of(new CompletableFuture<>()))::await)
                .withMessageStartingWith("is_ready() of the model has not returned within");
    }

    @Test
    void await_whileAQuestionIsUnderWay_waitsForItsAnswer() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        CountDownLatch first = new CountDownLatch(1);
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        Readiness readiness = new Readiness(() -> {
            asked.incrementAndGet();
            first.countDown();
            return List.of(answer);
        }, LONG);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> one = threads.submit(() -> {
                readiness.await();
                return null;
            });
            assertThat(first.await(20, TimeUnit.SECONDS)).isTrue();
            Future<?> other = threads.submit(() -> {
                readiness.await();
                return null;
            });
            answer.complete(true);
            one.get();
            other.get();
        }
        readiness.await();
        assertThat(asked.get()).as("once for the first, maybe for the second, once for the last").isBetween(2, 3);
    }
}
