package io.nereid.modelrepo.lifecycle;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(60)
class ModelLifecycleTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    private final ModelLifecycle<Loaded> lifecycle = new ModelLifecycle<>(2);

    /** A loaded version that knows whether it was closed. */
    private static final class Loaded implements AutoCloseable {
        private final CountDownLatch closed = new CountDownLatch(1);

        @Override
        public void close() {
            assertThat(closed.getCount()).as("closed twice").isOne();
            closed.countDown();
        }

        boolean isClosed() {
            return closed.getCount() == 0;
        }
    }

    @AfterEach
    void close() throws InterruptedException {
        lifecycle.close(LONG);
    }

    @Test
    void load_allVersions_areReadyAndFound() throws Exception {
        assertThat(load("m", 1, 3).succeeded()).isTrue();
        assertThat(lifecycle.readyVersions("m")).containsExactly(1L, 3L);
        assertThat(version("m", ModelLifecycle.LATEST)).isEqualTo(3);
        assertThat(version("m", 1)).isEqualTo(1);
        assertThat(lifecycle.index()).containsExactly(entry("m", 1, ModelState.READY, ""),
                entry("m", 3, ModelState.READY, ""));
        assertThat(lifecycle.allReady()).isTrue();
    }

    @Test
    void load_oneVersionFails_servesNoneAndClosesTheOthers() throws Exception {
        Loaded good = new Loaded();
        LoadResult result = lifecycle.load("m", versions(1, 2), Set.of(), version -> {
            if (version == 2) {
                throw new IllegalArgumentException("no such file");
            }
            return good;
        }).get(30, SECONDS);
        assertThat(result.succeeded()).isFalse();
        assertThat(result.describe()).isEqualTo(
                "load failed for model 'm': version 2 is at UNAVAILABLE state: no such file;\n");
        assertThat(good.isClosed()).isTrue();
        assertThat(lifecycle.index()).containsExactly(
                entry("m", 1, ModelState.UNAVAILABLE, "unloaded because another version of the model failed to load"),
                entry("m", 2, ModelState.UNAVAILABLE, "no such file"));
        assertThat(lifecycle.allReady()).isFalse();
        assertThatThrownBy(() -> lifecycle.acquire("m", 2)).hasMessageContaining("version 2 is not at ready state");
    }

    @Test
    void load_loaderThrowsAnError_failsTheModel() throws Exception {
        LoadResult result = lifecycle.load("m", versions(1), Set.of(), _ -> {
            throw new UnsatisfiedLinkError("libonnxruntime.so");
        }).get(30, SECONDS);
        assertThat(result.errors()).containsEntry(1L, "libonnxruntime.so");
    }

    @Test
    void load_failedBefore_mayBeTriedAgain() throws Exception {
        lifecycle.load("m", versions(1), Set.of(), _ -> {
            throw new IllegalStateException("once");
        }).get(30, SECONDS);
        assertThat(load("m", 1).succeeded()).isTrue();
        assertThat(version("m", 1)).isEqualTo(1);
    }

    @Test
    void load_whileItIsBeingLoaded_isRefused() throws Exception {
        CountDownLatch proceed = new CountDownLatch(1);
        CompletableFuture<LoadResult> first = lifecycle.load("m", versions(1), Set.of(), _ -> {
            proceed.await();
            return new Loaded();
        });
        assertThatThrownBy(() -> lifecycle.load("m", versions(1), Set.of(), _ -> new Loaded()))
                .isInstanceOf(IllegalStateException.class).hasMessage("model 'm' is being loaded");
        proceed.countDown();
        assertThat(first.get(30, SECONDS).succeeded()).isTrue();
    }

    @Test
    void load_servedAlready_servesTheOldOneUntilAllNewOnesAreReady() throws Exception {
        load("m", 1, 2);
        ModelHandle<Loaded> old = lifecycle.acquire("m", 1);
        CountDownLatch proceed = new CountDownLatch(1);
        CompletableFuture<LoadResult> second = lifecycle.load("m", versions(1, 3), Set.of(), version -> {
            if (version == 3) {
                proceed.await();
            }
            return new Loaded();
        });
        assertThat(model("m", 1)).isSameAs(old.model());
        assertThat(lifecycle.index()).containsExactly(entry("m", 1, ModelState.READY, ""),
                entry("m", 2, ModelState.READY, ""), entry("m", 3, ModelState.LOADING, ""));
        proceed.countDown();
        assertThat(second.get(30, SECONDS).succeeded()).isTrue();
        assertThat(model("m", 1)).isNotSameAs(old.model());
        assertThat(old.model().isClosed()).isFalse();
        assertThat(lifecycle.readyVersions("m")).containsExactly(1L, 3L);
        old.release();
        old.closed().get(30, SECONDS);
        assertThat(old.model().isClosed()).isTrue();
        assertThat(lifecycle.state("m", 1)).isEqualTo(ModelState.READY);
    }

    @Test
    void load_oneNewVersionFails_leavesWhatIsServed() throws Exception {
        load("m", 1);
        Loaded served = model("m", 1);
        Loaded discarded = new Loaded();
        LoadResult result = lifecycle.load("m", versions(1, 2), Set.of(), version -> {
            if (version == 2) {
                throw new IllegalStateException("broken");
            }
            return discarded;
        }).get(30, SECONDS);
        assertThat(result.errors()).containsOnlyKeys(2L);
        assertThat(discarded.isClosed()).isTrue();
        assertThat(model("m", 1)).isSameAs(served);
        assertThat(served.isClosed()).isFalse();
        assertThat(lifecycle.index()).containsExactly(entry("m", 1, ModelState.READY, ""),
                entry("m", 2, ModelState.UNAVAILABLE, "broken"));
        assertThat(lifecycle.allReady()).isFalse();
        assertThat(load("m", 1).succeeded()).isTrue();
        assertThat(lifecycle.allReady()).as("the failed version is no longer wanted").isTrue();
    }

    @Test
    void load_versionsToKeep_stayAsTheyAre() throws Exception {
        load("m", 1, 2);
        Loaded kept = model("m", 2);
        assertThat(lifecycle.load("m", versions(3), Set.of(2L), _ -> new Loaded()).get(30, SECONDS).succeeded())
                .isTrue();
        assertThat(lifecycle.readyVersions("m")).containsExactly(2L, 3L);
        assertThat(model("m", 2)).isSameAs(kept);
        assertThat(lifecycle.load("m", versions(), Set.of(3L), _ -> new Loaded()).get(30, SECONDS).succeeded())
                .as("nothing new to load").isTrue();
        assertThat(lifecycle.readyVersions("m")).containsExactly(3L);
    }

    @Test
    void load_partial_servesWhatLoadsAndSaysWhyTheRestIsNot() throws Exception {
        load("m", 1, 2);
        Loaded first = model("m", 1);
        LoadResult result = lifecycle
                .load("m", versions(1, 2, 3, 4), Set.of(), LoadMode.PARTIAL, ModelLifecycleTest::failsBut2And4)
                .get(30, SECONDS);
        assertThat(result.succeeded()).isTrue();
        assertThat(result.isComplete()).isFalse();
        assertThat(result.describe()).contains("version 1 is at UNAVAILABLE state: broken 1")
                .contains("version 3 is at UNAVAILABLE state: broken 3");
        assertThat(model("m", 1)).as("served as it was").isSameAs(first);
        assertThat(lifecycle.index()).containsExactly(
                entry("m", 1, ModelState.READY, "served as it was before its last load, which failed: broken 1"),
                entry("m", 2, ModelState.READY, ""), entry("m", 3, ModelState.UNAVAILABLE, "broken 3"),
                entry("m", 4, ModelState.READY, ""));
        assertThat(lifecycle.allReady()).as("it was asked to be ready without").isTrue();
        assertThat(lifecycle.hasFailed("m")).isTrue();
        assertThat(load("m", 1, 2, 3, 4).isComplete()).isTrue();
        assertThat(lifecycle.hasFailed("m")).isFalse();
    }

    @Test
    void load_partialOfWhichNothingLoads_hasFailed() throws Exception {
        LoadResult result = lifecycle
                .load("m", versions(1, 3), Set.of(), LoadMode.PARTIAL, ModelLifecycleTest::failsBut2And4)
                .get(30, SECONDS);
        assertThat(result.succeeded()).isFalse();
        assertThat(result.errors()).containsOnlyKeys(1L, 3L);
        assertThat(lifecycle.allReady()).isFalse();
    }

    @Test
    void load_partialOfWhichTheOthersAreKept_takesEffect() throws Exception {
        load("m", 1, 2);
        assertThat(lifecycle.load("m", versions(3), Set.of(2L), LoadMode.PARTIAL, ModelLifecycleTest::failsBut2And4)
                .get(30, SECONDS).succeeded()).isTrue();
        assertThat(lifecycle.readyVersions("m")).containsExactly(2L);
    }

    @Test
    void load_additional_leavesTheOthersWhateverBecomesOfIt() throws Exception {
        load("m", 1);
        Loaded first = model("m", 1);
        assertThat(additional(2).succeeded()).isTrue();
        LoadResult failed = additional(3);
        assertThat(failed.succeeded()).isFalse();
        assertThat(failed.errors()).containsOnlyKeys(3L);
        assertThat(model("m", 1)).isSameAs(first);
        assertThat(lifecycle.index()).containsExactly(entry("m", 1, ModelState.READY, ""),
                entry("m", 2, ModelState.READY, ""), entry("m", 3, ModelState.UNAVAILABLE, "broken 3"));
        assertThat(lifecycle.allReady()).as("what was served still is").isTrue();
        lifecycle.unload("m", 3).get(30, SECONDS);
        assertThat(lifecycle.hasFailed("m")).isFalse();
    }

    @Test
    void load_additionalToNothing_mustSucceedForTheServerToBeReady() throws Exception {
        assertThat(additional(3).succeeded()).isFalse();
        assertThat(lifecycle.allReady()).isFalse();
        assertThat(additional(2).succeeded()).isTrue();
        assertThat(lifecycle.index()).extracting(RepositoryIndexEntry::reason).containsExactly("", "broken 3");
    }

    private LoadResult additional(long version) throws Exception {
        return lifecycle.load("m", versions(version), Set.of(), LoadMode.ADDITIONAL, ModelLifecycleTest::failsBut2And4)
                .get(30, SECONDS);
    }

    private static Loaded failsBut2And4(long version) {
        if (version % 2 == 1) {
            throw new IllegalStateException("broken " + version);
        }
        return new Loaded();
    }

    @Test
    void unload_oneVersion_leavesTheOthers() throws Exception {
        load("m", 1, 2);
        ModelHandle<Loaded> used = lifecycle.acquire("m", 2);
        CompletableFuture<Void> unloaded = lifecycle.unload("m", 2);
        assertThat(unloaded).isNotDone();
        assertThat(lifecycle.readyVersions("m")).containsExactly(1L);
        ModelHandle<Loaded> latest = lifecycle.acquire("m", ModelLifecycle.LATEST);
        assertThat(latest.version()).isEqualTo(1);
        latest.release();
        used.release();
        unloaded.get(30, SECONDS);
        assertThat(used.model().isClosed()).isTrue();
        assertThat(lifecycle.unload("m", 7)).as("there is none").isDone();
        assertThat(lifecycle.index()).containsExactly(entry("m", 1, ModelState.READY, ""),
                entry("m", 2, ModelState.UNAVAILABLE, "unloaded"));
    }

    @Test
    void acquire_nameThatTwoNamespacesHave_isAmbiguousUntilOneIsUnloaded() throws Exception {
        load("/a::m", 1);
        assertThat(lifecycle.readyVersions("m")).containsExactly(1L);
        load("/b::m", 2);
        assertThatThrownBy(() -> lifecycle.acquire("m", ModelLifecycle.LATEST)).isInstanceOf(ModelLookupException.class)
                .hasMessage("There are 2 identifiers of model 'm' in global map, model namespace must be provided to"
                        + " resolve ambiguity.");
        assertThat(lifecycle.named("m")).containsExactly("/a::m", "/b::m");
        assertThat(lifecycle.named("/b::m")).containsExactly("/b::m");
        assertThat(lifecycle.readyVersions("/b::m")).containsExactly(2L);
        lifecycle.unload("/a::m").get(30, SECONDS);
        ModelHandle<Loaded> handle = lifecycle.acquire("m", ModelLifecycle.LATEST);
        assertThat(handle.version()).isEqualTo(2);
        assertThat(handle.name()).isEqualTo("m");
        assertThat(handle.namespace()).isEqualTo("/b");
        handle.release();
        assertThat(lifecycle.index()).extracting(RepositoryIndexEntry::name).containsOnly("m");
    }

    @Test
    void unload_inUse_endsWithTheLastUser() throws Exception {
        load("m", 1);
        ModelHandle<Loaded> used = lifecycle.acquire("m", 1);
        CompletableFuture<Void> unloaded = lifecycle.unload("m");
        assertThat(unloaded).isNotDone();
        assertThat(lifecycle.state("m", 1)).isEqualTo(ModelState.UNLOADING);
        used.release();
        unloaded.get(30, SECONDS);
        assertThat(used.model().isClosed()).isTrue();
        assertThat(lifecycle.index()).containsExactly(entry("m", 1, ModelState.UNAVAILABLE, "unloaded"));
        assertThat(lifecycle.allReady()).isTrue();
    }

    @Test
    void load_whileTheLastOneIsStillInUse_isServedAndStaysSo() throws Exception {
        load("m", 1);
        ModelHandle<Loaded> used = lifecycle.acquire("m", 1);
        CompletableFuture<Void> unloaded = lifecycle.unload("m");
        assertThat(load("m", 1).succeeded()).isTrue();
        assertThat(model("m", 1)).isNotSameAs(used.model());
        used.release();
        unloaded.get(30, SECONDS);
        assertThat(lifecycle.state("m", 1)).isEqualTo(ModelState.READY);
    }

    @Test
    void unload_failedToLoad_noLongerPreventsReadiness() throws Exception {
        lifecycle.load("m", versions(1), Set.of(), _ -> {
            throw new IllegalStateException("broken");
        }).get(30, SECONDS);
        assertThat(lifecycle.allReady()).isFalse();
        lifecycle.unload("m").get(30, SECONDS);
        assertThat(lifecycle.allReady()).isTrue();
    }

    @Test
    void queries_whileAModelLoads_answerAtOnce() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch proceed = new CountDownLatch(1);
        CompletableFuture<LoadResult> slow = lifecycle.load("slow", versions(1, 2), Set.of(), version -> {
            if (version == 2) {
                started.countDown();
                proceed.await();
            }
            return new Loaded();
        });
        started.await();
        assertThat(load("quick", 1).succeeded()).isTrue();
        assertThat(lifecycle.state("slow", 1)).isEqualTo(ModelState.LOADING);
        assertThat(lifecycle.index()).containsExactly(entry("quick", 1, ModelState.READY, ""),
                entry("slow", 1, ModelState.LOADING, ""), entry("slow", 2, ModelState.LOADING, ""));
        assertThat(lifecycle.allReady()).isFalse();
        assertThatThrownBy(() -> lifecycle.acquire("slow", 1)).hasMessageContaining("is not at ready state");
        assertThatThrownBy(() -> lifecycle.acquire("slow", ModelLifecycle.LATEST))
                .hasMessageContaining("has no available versions");
        proceed.countDown();
        assertThat(slow.get(30, SECONDS).succeeded()).isTrue();
        assertThat(lifecycle.readyVersions("slow")).containsExactly(1L, 2L);
    }

    @Test
    void load_manyModels_runsAtMostAsManyAsAllowedAtATime() throws Exception {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch both = new CountDownLatch(2);
        List<CompletableFuture<LoadResult>> results = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            results.add(lifecycle.load("m" + i, versions(1), Set.of(), _ -> {
                most.accumulateAndGet(now.incrementAndGet(), Math::max);
                both.countDown();
                both.await();
                now.decrementAndGet();
                return new Loaded();
            }));
        }
        for (CompletableFuture<LoadResult> result : results) {
            assertThat(result.get(30, SECONDS).succeeded()).isTrue();
        }
        assertThat(most).hasValue(2);
    }

    @Test
    void acquire_nothingThere_saysItInTritonsWords() throws Exception {
        load("m", 1);
        lifecycle.reject("broken", "why");
        lifecycle.rejectVersions("idle", "why");
        assertLookup("broken", ModelLifecycle.LATEST, ModelLookupException.Reason.NOT_FOUND,
                "Request for unknown model: 'broken' is not found");
        assertLookup("broken", 1, ModelLookupException.Reason.NOT_FOUND,
                "Request for unknown model: 'broken' is not found");
        assertLookup("nope", ModelLifecycle.LATEST, ModelLookupException.Reason.NOT_FOUND,
                "Request for unknown model: 'nope' is not found");
        assertLookup("m", 2, ModelLookupException.Reason.NOT_FOUND,
                "Request for unknown model: 'm' version 2 is not found");
        assertLookup("idle", ModelLifecycle.LATEST, ModelLookupException.Reason.NOT_FOUND,
                "Request for unknown model: 'idle' has no available versions");
    }

    @Test
    void index_modelsThatCannotBeLoaded_areListedByName() {
        lifecycle.reject("twice", "it is in more than one repository");
        assertThat(lifecycle.index()).containsExactly(
                new RepositoryIndexEntry("twice", OptionalLong.empty(), ModelState.UNAVAILABLE,
                        "it is in more than one repository"));
        assertThat(lifecycle.models()).containsExactly("twice");
        assertThat(lifecycle.allReady()).as("nobody can wait for what cannot be read").isTrue();
    }

    @Test
    void rejectVersions_preventsReadinessUntilOneIsLoaded() throws Exception {
        lifecycle.rejectVersions("m", "no version is available");
        assertThat(lifecycle.index()).containsExactly(new RepositoryIndexEntry("m", OptionalLong.empty(),
                ModelState.UNAVAILABLE, "no version is available"));
        assertThat(lifecycle.allReady()).isFalse();
        load("m", 1);
        assertThat(lifecycle.allReady()).isTrue();
        assertThat(lifecycle.index()).containsExactly(entry("m", 1, ModelState.READY, ""));
    }

    @Test
    void load_systemHasNoThread_failsTheModelInsteadOfLeavingItLoading() throws Exception {
        ModelLifecycle<Loaded> starved = new ModelLifecycle<>(1, _ -> {
            throw new OutOfMemoryError("unable to create native thread");
        });
        LoadResult result = starved.load("m", versions(1, 2), Set.of(), _ -> new Loaded()).get(30, SECONDS);
        String reason = "no thread could be started to load it: unable to create native thread";
        assertThat(result.errors()).containsEntry(1L, reason).containsEntry(2L, reason);
        assertThat(starved.index()).containsExactly(entry("m", 1, ModelState.UNAVAILABLE, reason),
                entry("m", 2, ModelState.UNAVAILABLE, reason));
        assertThat(starved.close(LONG)).isTrue();
    }

    @Test
    void close_inUse_waitsForTheLastUser() throws Exception {
        load("m", 1);
        ModelHandle<Loaded> handle = lifecycle.acquire("m", 1);
        assertThat(lifecycle.close(Duration.ZERO)).isFalse();
        assertThat(lifecycle.state("m", 1)).isEqualTo(ModelState.UNLOADING);
        assertThat(handle.model().isClosed()).isFalse();
        assertThatThrownBy(() -> lifecycle.acquire("m", 1)).hasMessageContaining("is not at ready state");
        handle.release();
        assertThat(lifecycle.close(LONG)).isTrue();
        assertThat(handle.model().isClosed()).isTrue();
        assertThat(lifecycle.index()).containsExactly(entry("m", 1, ModelState.UNAVAILABLE, "unloaded"));
    }

    @Test
    void close_whileLoading_closesWhatIsLoadedTooLate() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch proceed = new CountDownLatch(1);
        Loaded late = new Loaded();
        CompletableFuture<LoadResult> result = lifecycle.load("m", versions(1), Set.of(), _ -> {
            started.countDown();
            proceed.await();
            return late;
        });
        started.await();
        assertThat(lifecycle.close(Duration.ZERO)).isFalse();
        proceed.countDown();
        assertThat(result.get(30, SECONDS).errors()).containsEntry(1L, "the server is exiting");
        assertThat(lifecycle.close(LONG)).isTrue();
        assertThat(late.isClosed()).isTrue();
    }

    @Test
    void load_afterClose_isRefused() throws Exception {
        lifecycle.close(LONG);
        assertThatThrownBy(() -> lifecycle.load("m", versions(1), Set.of(), _ -> new Loaded()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("model 'm' cannot be loaded: the server is exiting");
    }

    @Test
    void load_noVersions_isRefused() {
        assertThatThrownBy(() -> lifecycle.load("m", versions(), Set.of(), _ -> new Loaded()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void load_closingWhatWasLoadedIsAnError_isEndedAllTheSame() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        ModelLifecycle<AutoCloseable> failing = new ModelLifecycle<>(1);
        LoadResult result = failing.load("m", versions(1, 2, 3), Set.of(), version -> switch ((int) version) {
            case 1 -> () -> {
                throw new UnsatisfiedLinkError("a native library is gone");
            };
            case 2 -> closed::countDown;
            default -> throw new IllegalStateException("no such file");
        }).get(30, SECONDS);
        assertThat(result.errors()).containsOnlyKeys(3L);
        assertThat(closed.getCount()).isZero();
        assertThat(failing.close(LONG)).isTrue();
    }

    @Test
    void close_closingFails_isEndedAllTheSame() throws Exception {
        ModelLifecycle<AutoCloseable> failing = new ModelLifecycle<>(1);
        failing.load("m", versions(1), Set.of(), _ -> () -> {
            throw new IllegalStateException("a native library refuses");
        }).get(30, SECONDS);
        assertThat(failing.close(LONG)).isTrue();
        assertThat(failing.state("m", 1)).isEqualTo(ModelState.UNAVAILABLE);
    }

    /** Requests that come while the server closes: each gets a model that is open until it lets go, or an answer. */
    @Test
    void acquire_againstClose_neverYieldsAClosedModel() throws Exception {
        int users = 4;
        try (ExecutorService threads = Executors.newFixedThreadPool(users)) {
            for (int round = 0; round < 200; round++) {
                ModelLifecycle<Loaded> raced = new ModelLifecycle<>(1);
                raced.load("m", versions(1, 2), Set.of(), _ -> new Loaded()).get(30, SECONDS);
                CountDownLatch start = new CountDownLatch(1);
                List<Future<Boolean>> done = new ArrayList<>();
                for (int user = 0; user < users; user++) {
                    long version = user % 2 == 0 ? ModelLifecycle.LATEST : 1;
                    done.add(threads.submit(() -> useUntilRefused(raced, version, start)));
                }
                start.countDown();
                assertThat(raced.close(LONG)).isTrue();
                for (Future<Boolean> each : done) {
                    assertThat(each.get()).isTrue();
                }
            }
        }
    }

    private static boolean useUntilRefused(ModelLifecycle<Loaded> lifecycle, long version, CountDownLatch start)
            throws InterruptedException {
        start.await();
        while (true) {
            ModelHandle<Loaded> handle;
            try {
                handle = lifecycle.acquire("m", version);
            } catch (ModelLookupException _) {
                return true;
            }
            if (handle.model().isClosed()) {
                return false;
            }
            handle.release();
        }
    }

    @Test
    void states_everyTransition_isThatOfTheStateMachine() {
        List<String> allowed = new ArrayList<>();
        for (ModelState from : ModelState.values()) {
            for (ModelState to : ModelState.values()) {
                if (from.leadsTo(to)) {
                    allowed.add(from + "->" + to);
                }
            }
        }
        assertThat(allowed).containsExactly("UNKNOWN->LOADING", "LOADING->READY", "LOADING->UNAVAILABLE",
                "READY->READY", "READY->UNLOADING", "UNLOADING->LOADING", "UNLOADING->UNAVAILABLE",
                "UNAVAILABLE->LOADING", "UNAVAILABLE->UNAVAILABLE");
    }

    private void assertLookup(String model, long version, ModelLookupException.Reason reason, String text) {
        assertThatThrownBy(() -> lifecycle.acquire(model, version))
                .isInstanceOfSatisfying(ModelLookupException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessage(text);
    }

    private LoadResult load(String model, long... versions) throws Exception {
        return lifecycle.load(model, versions(versions), Set.of(), _ -> new Loaded()).get(30, SECONDS);
    }

    private Loaded model(String model, long version) {
        ModelHandle<Loaded> handle = lifecycle.acquire(model, version);
        handle.release();
        return handle.model();
    }

    private long version(String model, long version) {
        ModelHandle<Loaded> handle = lifecycle.acquire(model, version);
        handle.release();
        return handle.version();
    }

    private static NavigableSet<Long> versions(long... versions) {
        NavigableSet<Long> set = new TreeSet<>();
        for (long version : versions) {
            set.add(version);
        }
        return set;
    }

    private static RepositoryIndexEntry entry(String model, long version, ModelState state, String reason) {
        return new RepositoryIndexEntry(model, OptionalLong.of(version), state, reason);
    }
}
