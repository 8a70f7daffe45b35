package io.nereid.server.model.control;

import io.nereid.backend.Abandonment;
import io.nereid.inference.Await;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class ModelLocksTest {
    private final ModelLocks locks = new ModelLocks();

    @Test
    void acquire_manyAtOnce_oneAtATimeAndNothingIsRemembered() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        List<Future<Boolean>> alone = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (int i = 0; i < 400; i++) {
                alone.add(threads.submit(() -> {
                    try (ModelLocks.Held _ = locks.acquire("m")) {
                        int entered = inside.incrementAndGet();
                        int left = inside.decrementAndGet();
                        return entered == 1 && left == 0;
                    }
                }));
            }
        }
        assertThat(alone).allMatch(Future::resultNow);
        assertThat(locks.size()).isZero();
    }

    @Test
    void acquireInstead_loadsThatCameBefore_areAbandonedAndThoseAfterAreNot() {
        List<String> told = new CopyOnWriteArrayList<>();
        ModelLocks.Held load = locks.acquire("m");
        Abandonment.Watch _ = load.abandonment().watch(told::add);
        Thread _ = Thread.ofVirtual().start(() -> locks.acquireInstead("m", "the model is unloaded").close());
        Await.until(() -> !told.isEmpty());
        assertThat(told).containsExactly("the model is unloaded");
        assertThat(load.abandonment().isAbandoned()).isTrue();
        try (ModelLocks.Held other = locks.acquire("n")) {
            assertThat(other.abandonment().isAbandoned()).isFalse();
        }
        load.close();
        try (ModelLocks.Held next = locks.acquire("m")) {
            assertThat(next.abandonment().isAbandoned()).isFalse();
        }
    }

    @Test
    void abandonAll_whatIsDoneAndWhatComes_isAbandoned() {
        try (ModelLocks.Held load = locks.acquire("m")) {
            locks.abandonAll();
            assertThat(load.abandonment().isAbandoned()).isTrue();
        }
        try (ModelLocks.Held late = locks.acquire("n")) {
            assertThat(late.abandonment().isAbandoned()).isTrue();
        }
    }

    @Test
    void acquire_ofDifferentModels_doNotWaitForEachOther() {
        try (ModelLocks.Held _ = locks.acquire("a"); ModelLocks.Held _ = locks.acquire("b")) {
            assertThat(locks.size()).isEqualTo(2);
        }
        for (int i = 0; i < 1000; i++) {
            locks.acquire("m" + i).close();
        }
        assertThat(locks.size()).as("of what was ever tried").isZero();
    }
}
