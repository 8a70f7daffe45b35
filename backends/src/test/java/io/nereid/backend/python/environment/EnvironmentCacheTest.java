package io.nereid.backend.python.environment;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class EnvironmentCacheTest {
    @TempDir
    private Path folder;

    private final AtomicInteger made = new AtomicInteger();

    private void make(Path target) {
        made.incrementAndGet();
        write(target, "python");
    }

    private static void write(Path target, String name) {
        try {
            Files.writeString(target.resolve(name), "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private EnvironmentCache cache() {
        return new EnvironmentCache(folder.resolve("cache"));
    }

    @Test
    void place_ofAServerThatHasEnded_isUsedAgain() throws Exception {
        Path first;
        try (EnvironmentCache cache = cache()) {
            first = cache.place("k", this::make);
        }
        assertThat(cache().place("k", this::make)).isEqualTo(first).isDirectoryContaining("glob:**python");
        assertThat(made).hasValue(1);
        assertThat(cache().place("other", this::make)).isNotEqualTo(first);
    }

    @Test
    void place_ofAServerThatWasKilled_isMadeAnew() throws Exception {
        Path half = Files.createDirectories(folder.resolve("cache/k"));
        write(half, "half");
        assertThat(cache().place("k", this::make)).isEqualTo(half).isDirectoryNotContaining("glob:**half");
        assertThat(made).hasValue(1);
    }

    @Test
    void place_thatCannotBeMade_leavesNothing() throws Exception {
        assertThatThrownBy(() -> cache().place("k", target -> {
            write(target, "half");
            throw new InferenceException(ErrorCode.INTERNAL, "no such package");
        })).isInstanceOf(InferenceException.class).hasMessage("no such package");
        assertThat(folder.resolve("cache/k")).doesNotExist();
        assertThat(cache().place("k", this::make)).isDirectoryContaining("glob:**python");
    }

    @Test
    void place_thatAnotherServerMakes_isWaitedFor() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Void> asked = new CompletableFuture<>();
        CompletableFuture<Path> first = CompletableFuture.supplyAsync(() -> placed(target -> {
            begun.countDown();
            asked.join();
            make(target);
        }));
        begun.await();
        CompletableFuture<Path> second = CompletableFuture.supplyAsync(() -> {
            asked.complete(null);
            return placed(this::make);
        });
        assertThat(second.get()).isEqualTo(first.get());
        assertThat(made).hasValue(1);
    }

    private Path placed(EnvironmentPlaces.Maker maker) {
        try {
            return cache().place("k", maker);
        } catch (InferenceException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void place_whereThereCanBeNoFolder_isAnErrorThatNamesIt() {
        write(folder, "cache");
        assertThatThrownBy(() -> cache().place("k", this::make)).isInstanceOf(InferenceException.class)
                .hasMessageContaining("a Python environment cannot be kept in " + folder.resolve("cache"));
    }
}
