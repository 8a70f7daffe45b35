package io.nereid.backend.image;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
final class DecodeThreadsTest {
    private final DecodeThreads threads = new DecodeThreads(2);

    @AfterEach
    void close() {
        threads.close();
    }

    @Test
    void start_manyImages_runsAsManyAtATimeAsThereAreThreads() {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger max = new AtomicInteger();
        CyclicBarrier pairs = new CyclicBarrier(2);
        List<DecodeThreads.Task> tasks = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            tasks.add(threads.start(() -> {
                max.accumulateAndGet(running.incrementAndGet(), Math::max);
                meet(pairs);
                running.decrementAndGet();
            }));
        }
        assertThat(tasks).allSatisfy(task -> assertThat(task.await()).isNull());
        assertThat(max).hasValue(2);
    }

    private static void meet(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** However an image ends, whoever waits for it learns so, and the thread goes on. */
    @Test
    void await_howeverTheWorkEnds_saysSo() {
        InferenceException damaged = new InferenceException(ErrorCode.INVALID_ARG, "got text");

        assertThat(threads.start(() -> {
            throw damaged;
        }).await()).isSameAs(damaged);
        InferenceException noHeap = Objects.requireNonNull(threads.start(() -> {
            throw new OutOfMemoryError("of a test");
        }).await());
        assertThat(noHeap.code()).isEqualTo(ErrorCode.UNAVAILABLE);
        InferenceException defect = Objects.requireNonNull(threads.start(() -> {
            throw new IllegalStateException("of a test");
        }).await());
        assertThat(defect.code()).isEqualTo(ErrorCode.INTERNAL);
        for (int i = 0; i < 3; i++) {
            assertThat(threads.start(() -> {
            }).await()).isNull();
        }
    }

    @Test
    void await_interrupted_waitsForTheEnd() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicInteger done = new AtomicInteger();
        DecodeThreads.Task task = threads.start(() -> {
            await(goOn);
            done.set(1);
        });
        AtomicInteger seen = new AtomicInteger();
        Thread waiter = Thread.ofPlatform().start(() -> {
            Thread.currentThread().interrupt();
            InferenceException _ = task.await();
            seen.set(done.get() + (Thread.currentThread().isInterrupted() ? 10 : 0));
        });
        goOn.countDown();
        waiter.join();

        assertThat(seen).hasValue(11);
    }

    @Test
    void close_imagesUnderWay_areFinished() {
        CountDownLatch goOn = new CountDownLatch(1);
        List<DecodeThreads.Task> tasks = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            tasks.add(threads.start(() -> await(goOn)));
        }
        threads.close();
        goOn.countDown();

        assertThat(tasks).allSatisfy(task -> assertThat(task.await()).isNull());
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
