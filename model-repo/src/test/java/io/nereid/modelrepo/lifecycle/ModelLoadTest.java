package io.nereid.modelrepo.lifecycle;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import static org.assertj.core.api.Assertions.assertThat;

/** One load is reported once, with all its versions, whoever comes last. */
@Timeout(60)
class ModelLoadTest {
    private final List<String> ends = new ArrayList<>();

    private ModelLoad<AutoCloseable> load(ModelLoader<AutoCloseable> loader, Long... versions) {
        return new ModelLoad<>(loader, new TreeSet<>(List.of(versions)), this::note);
    }

    private synchronized void note(NavigableMap<Long, AutoCloseable> loaded, SortedMap<Long, String> errors) {
        ends.add(loaded.keySet() + " " + errors);
    }

    /** What was loaded, which nobody closes here. */
    private static final class Loaded implements AutoCloseable {
        @Override
        public void close() {}
    }

    @Test
    void run_everyVersion_reportsAfterTheLastOnly() {
        ModelLoad<AutoCloseable> load = load(_ -> new Loaded(), 1L, 2L);
        load.run(2);
        assertThat(ends).isEmpty();
        load.run(1);
        assertThat(ends).containsExactly("[1, 2] {}");
    }

    @Test
    void run_failures_areReportedWithTheirMessages() {
        ModelLoad<AutoCloseable> load = load(version -> switch ((int) version) {
            case 1 -> throw new IllegalStateException("no such file");
            case 2 -> throw new NullPointerException();
            case 3 -> throw new UnsatisfiedLinkError("libfoo.so");
            default -> new Loaded();
        }, 1L, 2L, 3L, 4L);
        for (long version = 1; version <= 4; version++) {
            load.run(version);
        }
        assertThat(ends).containsExactly(
                "[4] {1=no such file, 2=java.lang.NullPointerException, 3=libfoo.so}");
    }

    @Test
    void skip_versionThatGetsNoThread_isAFailureWithTheReason() {
        ModelLoad<AutoCloseable> load = load(_ -> new Loaded(), 1L, 2L);
        load.skip(1, "the server is exiting");
        load.run(2);
        assertThat(ends).containsExactly("[2] {1=the server is exiting}");
    }

    @Test
    void endEmpty_nothingToLoad_isReported() {
        load(_ -> new Loaded()).endEmpty();
        assertThat(ends).containsExactly("[] {}");
    }

    @Test
    void run_onSeveralThreads_reportsOnceWithAll() throws Exception {
        Long[] versions = {1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L};
        for (int round = 0; round < 200; round++) {
            ends.clear();
            ModelLoad<AutoCloseable> load = load(version -> {
                if (version % 2 == 0) {
                    throw new IllegalStateException("even");
                }
                return new Loaded();
            }, versions);
            CountDownLatch start = new CountDownLatch(1);
            try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
                for (long version : versions) {
                    threads.submit(() -> {
                        start.await();
                        load.run(version);
                        return true;
                    });
                }
                start.countDown();
            }
            assertThat(ends).containsExactly("[1, 3, 5, 7] {2=even, 4=even, 6=even, 8=even}");
        }
    }
}
