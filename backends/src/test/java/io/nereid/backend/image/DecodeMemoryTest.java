package io.nereid.backend.image;

import io.nereid.inference.Await;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
final class DecodeMemoryTest {
    private static final long PAGE = 4096;

    @ParameterizedTest
    @ValueSource(longs = {1, 4095, 4096, 4097, 1L << 30, 1L << 40})
    void take_all_isPossibleAgainAndAgain(long bytes) {
        DecodeMemory memory = new DecodeMemory(bytes);
        for (int i = 0; i < 3; i++) {
            memory.take(bytes);
            memory.giveBack(bytes);
        }
        assertThat(memory.maxBytes()).isEqualTo(bytes);
    }

    /** A large image gets its turn: smaller ones that come later do not pass it. */
    @Test
    void take_waiters_goInTheirOrder() throws Exception {
        DecodeMemory memory = new DecodeMemory(4 * PAGE);
        List<String> order = new ArrayList<>();
        memory.take(4 * PAGE);
        Thread large = waiting(memory, 3 * PAGE, order, "large");
        Thread small = waiting(memory, PAGE, order, "small");

        memory.giveBack(PAGE);
        assertThat(small.getState()).isEqualTo(Thread.State.WAITING);
        memory.giveBack(3 * PAGE);

        large.join();
        small.join();
        assertThat(order).containsExactlyInAnyOrder("large", "small");
        memory.take(4 * PAGE); // all of it has come back
    }

    /** What waits for memory has a request's memory in use, and must not leave it early. */
    @Test
    void take_interrupted_waitsOnAndStaysInterrupted() throws Exception {
        DecodeMemory memory = new DecodeMemory(PAGE);
        memory.take(PAGE);
        List<String> order = new ArrayList<>();
        Thread waiter = waiting(memory, PAGE, order, "interrupted");

        waiter.interrupt();
        synchronized (order) {
            assertThat(order).isEmpty();
        }
        memory.giveBack(PAGE);
        waiter.join();

        assertThat(order).containsExactly("interrupted and so");
    }

    @Test
    void take_byManyThreads_neverExceedsTheLimit() throws Exception {
        DecodeMemory memory = new DecodeMemory(10 * PAGE);
        AtomicLong taken = new AtomicLong();
        AtomicLong max = new AtomicLong();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Random random = new Random(i);
            threads.add(Thread.ofPlatform().start(() -> {
                for (int j = 0; j < 500; j++) {
                    long bytes = PAGE * (1 + random.nextInt(10));
                    memory.take(bytes);
                    max.accumulateAndGet(taken.addAndGet(bytes), Math::max);
                    taken.addAndGet(-bytes);
                    memory.giveBack(bytes);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(max.get()).isBetween(PAGE, 10 * PAGE);
        memory.take(10 * PAGE);
    }

    /** A thread that waits for so much, then notes its name and gives it back. */
    private static Thread waiting(DecodeMemory memory, long bytes, List<String> order, String name) {
        Thread thread = Thread.ofPlatform().start(() -> {
            memory.take(bytes);
            synchronized (order) {
                order.add(name + (Thread.currentThread().isInterrupted() ? " and so" : ""));
            }
            memory.giveBack(bytes);
        });
        Await.until(() -> thread.getState() == Thread.State.WAITING);
        return thread;
    }
}
