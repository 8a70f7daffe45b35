package io.nereid.modelrepo.lifecycle;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class LoadedVersionsTest {
    private final LoadedVersions<AutoCloseable> versions = new LoadedVersions<>();
    private final ModelEntry<AutoCloseable> entry = new ModelEntry<>("m");

    /** A version that is served, and is not to be any more. */
    private ModelHandle<AutoCloseable> retired(AutoCloseable content) {
        ModelHandle<AutoCloseable> handle = versions.add(entry, 1, content);
        entry.beginLoad(Set.of(1L));
        entry.publish(Map.of(1L, handle), Map.of(), _ -> false);
        assertThat(entry.retire()).containsExactly(handle);
        return handle;
    }

    private static long soon(Duration after) {
        return System.nanoTime() + after.toNanos();
    }

    @Test
    void release_ofTheLastUser_closesOnAThreadOfItsOwn() throws InterruptedException {
        CompletableFuture<Thread> closing = new CompletableFuture<>();
        ModelHandle<AutoCloseable> handle = retired(() -> closing.complete(Thread.currentThread()));
        CompletableFuture<Void> closed = versions.closed("m");
        assertThat(closed).isNotDone();
        handle.release();
        assertThat(closing.join()).isNotSameAs(Thread.currentThread());
        closed.join();
        assertThat(entry.state(1)).isEqualTo(ModelState.UNAVAILABLE);
        assertThat(versions.awaitClosed(soon(Duration.ZERO))).as("nothing is left").isTrue();
    }

    @Test
    void release_whatCannotBeClosed_isDoneToo() {
        ModelHandle<AutoCloseable> handle = retired(() -> {
            throw new AssertionError("a native library is gone");
        });
        CompletableFuture<Void> closed = versions.closed("m");
        handle.release();
        closed.join();
        assertThat(entry.state(1)).isEqualTo(ModelState.UNAVAILABLE);
    }

    @Test
    void closed_ofAnotherModel_isDone() {
        versions.add(entry, 1, () -> {
        });
        assertThat(versions.closed("other")).isDone();
        assertThat(versions.closed("m")).isNotDone();
    }

    @Test
    void awaitClosed_oneIsInUse_isOver() throws InterruptedException {
        ModelHandle<AutoCloseable> handle = versions.add(entry, 1, () -> {
        });
        assertThat(versions.awaitClosed(soon(Duration.ZERO))).isFalse();
        handle.release();
        assertThat(versions.awaitClosed(soon(Duration.ofSeconds(30)))).isTrue();
    }
}
