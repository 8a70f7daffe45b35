package io.nereid.bench.load;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.perf.client.Latencies;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class QueuedCallsTest {
    @Test
    void run_severalClients_callsOnThisThreadUntilTheCourseEnds() throws Exception {
        Thread caller = Thread.currentThread();
        AtomicInteger calls = new AtomicInteger();
        AtomicInteger elsewhere = new AtomicInteger();
        Course course = Course.from(System.nanoTime(), 1);

        new QueuedCalls(List.of(() -> {
            calls.incrementAndGet();
            if (Thread.currentThread() != caller) {
                elsewhere.incrementAndGet();
            }
        })).run(3, course);

        int counted = course.bySecond().stream().mapToInt(Latencies::count).sum();
        assertThat(elsewhere).hasValue(0);
        // Of each client one answer at most came when the time was over.
        assertThat(calls.get() - counted).isBetween(0, 3);
        assertThat(counted).isPositive();
    }

    @Test
    void run_callThatFails_endsWithItsException() {
        QueuedCalls loop = new QueuedCalls(List.of(() -> {
            throw new InferenceException(ErrorCode.INTERNAL, "broken");
        }));

        assertThatThrownBy(() -> loop.run(2, Course.from(System.nanoTime(), 60)))
                .isInstanceOf(InferenceException.class).hasMessage("broken");
    }

    @Test
    void run_severalCalls_haveAThreadEach() throws Exception {
        Set<String> threads = ConcurrentHashMap.newKeySet();
        QueuedCalls.Call first = () -> threads.add("first " + Thread.currentThread());
        QueuedCalls.Call second = () -> threads.add("second " + Thread.currentThread());

        new QueuedCalls(List.of(first, second)).run(4, Course.from(System.nanoTime(), 1));

        assertThat(threads).hasSize(2).anyMatch(name -> name.startsWith("first"))
                .anyMatch(name -> name.startsWith("second"));
    }
}
