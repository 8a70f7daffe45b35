package io.nereid.modelrepo.lifecycle;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ModelHandleTest {

    private final AtomicInteger unused = new AtomicInteger();
    private final ModelHandle<AutoCloseable> handle = new ModelHandle<>("m", 3, () -> {
    }, _ -> unused.incrementAndGet());

    @Test
    void release_lastOne_reportsOnce() {
        assertThat(handle.tryAcquire()).isTrue();
        assertThat(handle.tryAcquire()).isTrue();
        handle.release();
        handle.release();
        assertThat(unused).hasValue(0);
        handle.release();
        assertThat(unused).hasValue(1);
    }

    @Test
    void tryAcquire_afterTheLastRelease_isRefused() {
        handle.release();
        assertThat(handle.tryAcquire()).isFalse();
    }

    @Test
    void release_tooOften_isAnInternalError() {
        handle.release();
        assertThatThrownBy(handle::release).isInstanceOf(IllegalStateException.class)
                .hasMessage("model 'm' version 3 is released more often than acquired");
        assertThat(unused).hasValue(1);
    }

    /** Users that come and go while the owner lets go: nobody ever holds what has been reported unused. */
    @Test
    void tryAcquire_againstTheLastRelease_neverYieldsWhatIsGone() throws Exception {
        int users = 4;
        try (ExecutorService threads = Executors.newFixedThreadPool(users)) {
            for (int round = 0; round < 1_000; round++) {
                AtomicBoolean gone = new AtomicBoolean();
                ModelHandle<AutoCloseable> raced = new ModelHandle<>("m", 1, () -> {
                }, _ -> assertThat(gone.getAndSet(true)).isFalse());
                CountDownLatch start = new CountDownLatch(1);
                List<Future<?>> done = new ArrayList<>();
                for (int user = 0; user < users; user++) {
                    done.add(threads.submit(() -> {
                        start.await();
                        for (int use = 0; use < 100 && raced.tryAcquire(); use++) {
                            assertThat(gone).isFalse();
                            raced.release();
                        }
                        return null;
                    }));
                }
                start.countDown();
                raced.release();
                for (Future<?> each : done) {
                    each.get();
                }
                assertThat(gone).isTrue();
            }
        }
    }
}
