package io.nereid.server.model.control;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;
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
