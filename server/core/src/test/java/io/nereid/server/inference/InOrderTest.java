package io.nereid.server.inference;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class InOrderTest {
    private final Queue<Runnable> loop = new ArrayDeque<>();
    private final Queue<Runnable> beside = new ArrayDeque<>();
    private final List<String> done = new ArrayList<>();

    @Test
    void add_severalPlaces_worksOneAfterTheOtherEachInItsPlace() {
        InOrder<String> order = new InOrder<>(item -> item.startsWith("long") ? beside::add : loop::add, done::add,
                this::drop);
        order.add("long1");
        order.add("short1");
        order.add("short2");
        assertThat(loop).isEmpty(); // its turn has not come
        beside.remove().run();
        assertThat(done).containsExactly("long1");
        order.add("long2");
        loop.remove().run();
        loop.remove().run();
        assertThat(done).containsExactly("long1", "short1", "short2");
        beside.remove().run();
        assertThat(done).last().isEqualTo("long2");
        assertThat(loop).isEmpty();
        assertThat(beside).isEmpty();
    }

    @Test
    void add_duringWork_isWorkedOffAfterIt() {
        List<InOrder<String>> self = new ArrayList<>();
        InOrder<String> order = new InOrder<>(_ -> loop::add, item -> {
            if (item.equals("a")) {
                self.getFirst().add("b");
            }
            done.add(item);
        }, this::drop);
        self.add(order);
        order.add("a");
        loop.remove().run();
        loop.remove().run();
        assertThat(done).containsExactly("a", "b");
    }

    @Test
    void add_noPlace_isWorkedOffAtOnceAndInItsTurn() {
        InOrder<String> order = new InOrder<>(item -> item.startsWith("any") ? null : loop::add, done::add, this::drop);
        order.add("any0");
        assertThat(done).containsExactly("any0");
        order.add("a");
        for (int i = 1; i < 10_000; i++) { // more than fit on a stack
            order.add("any" + i);
        }
        assertThat(done).hasSize(1);
        loop.remove().run();
        assertThat(done).hasSize(10_001).startsWith("any0", "a", "any1").endsWith("any9999");
    }

    @Test
    void add_executorHasEnded_dropsEverythingInOrder() {
        Executor ended = _ -> {
            throw new RejectedExecutionException();
        };
        AtomicInteger taken = new AtomicInteger();
        InOrder<String> order = new InOrder<>(_ -> taken.getAndIncrement() == 0 ? loop::add : ended, done::add,
                this::drop);
        order.add("a");
        for (int i = 0; i < 10_000; i++) { // more than fit on a stack
            order.add("b" + i);
        }
        loop.remove().run();
        assertThat(done).hasSize(10_001).startsWith("a", "dropped b0", "dropped b1");
        order.add("c");
        assertThat(done).last().isEqualTo("dropped c");
    }

    @Test
    void add_threadsAndPlaces_keepTheOrderOfEachThread() throws Exception {
        int items = 20_000;
        CountDownLatch all = new CountDownLatch(items);
        List<Integer> seen = new ArrayList<>(); // its order is what is under test: one works at a time
        try (ExecutorService one = Executors.newSingleThreadExecutor();
                ExecutorService two = Executors
                        .newFixedThreadPool(2)) {
            InOrder<Integer> order = new InOrder<>(item -> item % 3 == 0 ? two : one, item -> {
                seen.add(item);
                all.countDown();
            }, _ -> {
                throw new AssertionError("nothing ends");
            });
            for (int i = 0; i < items; i++) {
                order.add(i);
            }
            all.await();
        }
        assertThat(seen).isEqualTo(IntStream.range(0, items).boxed().toList());
    }

    private void drop(String item) {
        done.add("dropped " + item);
    }
}
