package io.nereid.server.protocol;

import io.nereid.inference.Await;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(30)
class OneAtATimeTest {
    private final OneAtATime turns = new OneAtATime(2);

    @Test
    void call_enoughWait_isRefusedAtOnce() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        List<Future<Integer>> calls = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            CountDownLatch running = new CountDownLatch(1);
            calls.add(threads.submit(() -> turns.call(() -> {
                running.countDown();
                awaitUninterrupted(goOn);
                return 0;
            })));
            running.await();
            for (int i = 1; i <= 2; i++) {
                int number = i;
                calls.add(threads.submit(() -> turns.call(() -> number)));
            }
            Await.until(() -> turns.waiting() >= 2);
            assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> turns.call(() -> 3))
                    .satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.UNAVAILABLE))
                    .satisfies(error -> assertThat(error.retryAfterSeconds()).isEqualTo(1));
            goOn.countDown();
            for (int i = 0; i <= 2; i++) {
                assertThat(calls.get(i).get()).isEqualTo(i);
            }
        }
        assertThat(turns.call(() -> 4)).as("all places are free again").isEqualTo(4);
    }

    @Test
    void call_workThatFails_freesItsPlace() throws Exception {
        for (int i = 0; i < 5; i++) {
            assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> turns.call(() -> {
                throw new InferenceException(ErrorCode.NOT_FOUND, "none");
            })).satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.NOT_FOUND));
        }
        assertThat(turns.call(() -> 1)).isEqualTo(1);
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
