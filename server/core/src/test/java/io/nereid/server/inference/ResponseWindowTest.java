package io.nereid.server.inference;

import io.nereid.inference.Await;
import io.nereid.inference.Race;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class ResponseWindowTest {
    private final List<Long> seen = new CopyOnWriteArrayList<>();
    private final ResponseWindow window = new ResponseWindow(100, seen::add);

    @Test
    void enter_roomLeft_isLetInAtOnce() {
        assertThat(window.enter(60)).isTrue();
        assertThat(window.enter(40)).isTrue();
        window.leave(60);
        window.leave(40);
        assertThat(seen).containsExactly(60L, 100L, 40L, 0L);
    }

    @Test
    void enter_noRoom_waitsUntilEnoughHasLeft() throws Exception {
        assertThat(window.enter(60)).isTrue();
        assertThat(window.enter(40)).isTrue();
        CompletableFuture<Boolean> entered = new CompletableFuture<>();
        Thread waiting = entering(70, entered);
        awaitWaiting(waiting);
        window.leave(40);
        awaitWaiting(waiting); // 60 and 70 are still too much
        assertThat(entered).isNotDone();
        window.leave(60);
        assertThat(entered.get()).isTrue();
        assertThat(seen).containsExactly(60L, 100L, 60L, 0L, 70L);
    }

    @Test
    void enter_largerThanTheWindow_isLetInAlone() throws Exception {
        assertThat(window.enter(1)).isTrue();
        CompletableFuture<Boolean> entered = new CompletableFuture<>();
        Thread waiting = entering(1_000, entered);
        awaitWaiting(waiting);
        window.leave(1);
        assertThat(entered.get()).isTrue();
        assertThat(seen).containsExactly(1L, 0L, 1_000L);
    }

    @Test
    void change_lessThanBefore_letsTheNextOneIn() throws Exception {
        assertThat(window.enter(100)).isTrue();
        CompletableFuture<Boolean> entered = new CompletableFuture<>();
        awaitWaiting(entering(50, entered));
        window.change(20 - 100);
        assertThat(entered.get()).isTrue();
    }

    @Test
    void change_noRoom_doesNotWait() {
        window.change(70);
        window.change(70);
        assertThat(seen).containsExactly(70L, 140L);
    }

    @Test
    void close_somebodyWaits_turnsItAway() throws Exception {
        assertThat(window.enter(100)).isTrue();
        CompletableFuture<Boolean> entered = new CompletableFuture<>();
        awaitWaiting(entering(1, entered));
        window.close();
        assertThat(entered.get()).isFalse();
        assertThat(window.enter(1)).isFalse();
        window.leave(100);
        assertThat(seen).containsExactly(100L, 0L);
    }

    @Test
    void enter_interrupted_waitsOnAndKeepsTheInterrupt() throws Exception {
        assertThat(window.enter(100)).isTrue();
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        Thread waiting = Thread.ofPlatform().start(() -> {
            boolean _ = window.enter(50);
            interrupted.complete(Thread.currentThread().isInterrupted());
        });
        awaitWaiting(waiting);
        waiting.interrupt();
        awaitWaiting(waiting);
        window.leave(100);
        assertThat(interrupted.get()).isTrue();
    }

    /** One thread that makes, one that sends: never more than the window, and everybody comes through. */
    @Test
    void window_makerAndSender_neverHoldsMore() throws Exception {
        long seed = System.nanoTime();
        AtomicLong most = new AtomicLong();
        AtomicLong last = new AtomicLong();
        ResponseWindow raced = new ResponseWindow(100, held -> {
            most.accumulateAndGet(held, Math::max);
            last.set(held);
        });
        LinkedBlockingQueue<Integer> made = new LinkedBlockingQueue<>();
        int responses = 20_000;
        Race.run(2, thread -> {
            Random random = new Random(seed);
            for (int i = 0; i < responses; i++) {
                if (thread == 0) {
                    int bytes = 1 + random.nextInt(100);
                    assertThat(raced.enter(bytes)).isTrue();
                    made.add(bytes);
                } else {
                    raced.leave(made.take());
                }
            }
        });
        assertThat(most.get()).as("seed %d", seed).isLessThanOrEqualTo(100).isPositive();
        assertThat(last).as("seed %d", seed).hasValue(0);
    }

    private Thread entering(long bytes, CompletableFuture<Boolean> entered) {
        return Thread.ofPlatform().start(() -> entered.complete(window.enter(bytes)));
    }

    private static void awaitWaiting(Thread thread) {
        Await.until(() -> thread.getState() == Thread.State.WAITING);
    }
}
