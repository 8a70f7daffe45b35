package io.nereid.server.ondemand;

import io.nereid.inference.Await;
import io.nereid.inference.Cancellation;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.FakeClock;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.VersionAlias;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.scheduler.FakeAlarm;
import io.nereid.server.model.ModelDemand;
import io.nereid.server.model.ServedModel;
import io.nereid.server.model.config.OnDemandConfig;
import io.nereid.server.model.control.LoadOverride;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class OnDemandModelsTest {
    private final FakeClock clock = new FakeClock();
    private final FakeAlarm alarm = new FakeAlarm();
    private final FakeLoading loading = new FakeLoading();
    /** What blocks, until a test lets it run. */
    private final Deque<Runnable> work = new ArrayDeque<>();
    private OnDemandModels models = models(100, 2, 3);

    private OnDemandModels models(long budget, int loads, int mostWaiting) {
        return new OnDemandModels(new OnDemandConfig(budget, Duration.ofSeconds(30), mostWaiting,
                Duration.ofSeconds(1)), loads, loading, alarm, clock, work::add);
    }

    /** Models without files: what is there is what was loaded. */
    private static final class FakeLoading implements ModelLoading {
        private final Set<String> served = new HashSet<>();
        private final Set<String> busy = new HashSet<>();
        private final Set<String> sequences = new HashSet<>();
        private final Map<String, InferenceException> broken = new HashMap<>();
        /** Those of which it is seen before a load. */
        private final Map<String, InferenceException> visiblyBroken = new HashMap<>();
        private final Map<String, Long> bytes = new HashMap<>();
        private final Map<String, Set<String>> steps = new HashMap<>();
        private final Map<String, CompletableFuture<Void>> closing = new HashMap<>();
        private final List<String> done = new CopyOnWriteArrayList<>();

        @Override
        public void load(String model, LoadOverride override) throws InferenceException {
            done.add("load " + model);
            if (broken.containsKey(model)) {
                throw broken.get(model);
            }
            served.addAll(steps.getOrDefault(model, Set.of()));
            served.add(model);
        }

        @Override
        public void check(String model) throws InferenceException {
            if (visiblyBroken.containsKey(model)) {
                throw visiblyBroken.get(model);
            }
        }

        @Override
        public void unload(String model) {
            done.add("unload " + model);
            served.remove(model);
        }

        @Override
        public CompletableFuture<Void> closed(String model) {
            return closing.getOrDefault(model, CompletableFuture.completedFuture(null));
        }

        @Override
        public @Nullable ModelConfig config(String model) {
            return null;
        }

        @Override
        public boolean isServed(String model) {
            return served.contains(model);
        }

        @Override
        public boolean isBusy(String model) {
            return busy.contains(model);
        }

        @Override
        public boolean keepsSequences(String model) {
            return sequences.contains(model);
        }

        @Override
        public long memoryBytes(String model) {
            return bytes.getOrDefault(model, 0L);
        }

        @Override
        public boolean handOver(String model, String version, ModelDemand.Waiter to) {
            if (served.contains(model)) {
                ((Request) to).answer = "loaded";
            }
            return served.contains(model);
        }
    }

    /** A request, and what it was told. */
    private static final class Request implements ModelDemand.Waiter {
        private final String client;
        private String answer = "";
        private @Nullable InferenceException error;
        private @Nullable Cancellation cancellation;

        Request(String client) {
            this.client = client;
        }

        @Override
        public String client() {
            return client;
        }

        int retryAfter() {
            return Objects.requireNonNull(error).retryAfterSeconds();
        }

        @Override
        public void waits(Cancellation toCancel) {
            cancellation = toCancel;
        }

        @Override
        public void loaded(ModelHandle<ServedModel> held) {
            throw new AssertionError("the models of this test have no handles");
        }

        @Override
        public void refused(InferenceException why) {
            assertThat(answer).as("told once").isEmpty();
            answer = why.code().name();
            error = why;
        }
    }

    private void know(String name, long bytes, String... steps) {
        loading.steps.put(name, Set.of(steps));
        models.know(List.of(
                new ModelSketch(name, null, List.of(1L), List.of(), bytes, Set.of(steps), false, 0, false)));
    }

    private Request ask(String model) {
        return ask(model, "");
    }

    private Request ask(String model, String client) {
        models.asked(model);
        Request request = new Request(client);
        models.await(model, "", request);
        return request;
    }

    private void runAll() {
        for (Runnable next = work.poll(); next != null; next = work.poll()) {
            next.run();
        }
    }

    private void load(String... names) {
        for (String name : names) {
            assertThat(loaded(name).answer).isEqualTo("loaded");
            clock.advance(Duration.ofSeconds(2));
        }
        loading.done.clear();
    }

    private Request loaded(String name) {
        Request request = ask(name);
        runAll();
        return request;
    }

    @Test
    void firstRequest_waitsForTheLoad_theNextWithIt() {
        know("a", 10);
        Request first = ask("a");
        Request second = ask("a");
        assertThat(first.answer).isEmpty();
        runAll();
        assertThat(List.of(first.answer, second.answer)).containsOnly("loaded");
        assertThat(loading.done).containsExactly("load a");
        assertThat(alarm.pending()).isZero();
    }

    @Test
    void moreModelsThanFit_leastRecentlyAskedLeaves() {
        Stream.of("a", "b", "c").forEach(name -> know(name, 50));
        load("a", "b");
        models.asked("a");
        assertThat(loaded("c").answer).isEqualTo("loaded");
        assertThat(loading.done).containsExactly("unload b", "load c");
        assertThat(loaded("b").answer).isEqualTo("loaded");
    }

    @Test
    void loadBegins_whenWhatLeavesIsClosed() {
        Stream.of("a", "b").forEach(name -> know(name, 100));
        load("a");
        CompletableFuture<Void> last = new CompletableFuture<>();
        loading.closing.put("a", last);
        Request request = ask("b");
        Thread running = Thread.ofVirtual().start(this::runAll);
        Await.until(() -> List.copyOf(loading.done).contains("unload a"));
        assertThat(request.answer).isEmpty();
        last.complete(null);
        join(running);
        assertThat(loading.done).containsExactly("unload a", "load b");
        assertThat(request.answer).isEqualTo("loaded");
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void atMostSoManyLoadsAtOnce_theOthersInTheOrderOfTheirRequests() {
        Stream.of("a", "b", "c").forEach(name -> know(name, 10));
        Stream.of("c", "a", "b").forEach(this::ask);
        assertThat(work).hasSize(2);
        assertThat(models.counts().loading()).isEqualTo(2);
        runAll();
        assertThat(loading.done).containsExactly("load c", "load a", "load b");
    }

    @Test
    void busyModel_staysUntilItsRequestHasEnded() {
        Stream.of("a", "b").forEach(name -> know(name, 60));
        load("a");
        loading.busy.add("a");
        Request request = loaded("b");
        assertThat(request.answer).isEmpty();
        loading.busy.clear();
        alarm.fireLast(); // it looks again
        runAll();
        assertThat(request.answer).isEqualTo("loaded");
    }

    @Test
    void modelThatKeepsSequences_staysUntilTheyHaveEnded() {
        long idleNanos = Duration.ofSeconds(20).toNanos();
        models.know(List.of(new ModelSketch("a", null, List.of(1L), List.of(), 60, Set.of(), false, idleNanos, false)));
        know("b", 60);
        load("a");
        loading.sequences.add("a");
        Request request = loaded("b");
        assertThat(request.answer).isEmpty();
        loading.sequences.clear();
        alarm.fireLast(); // it looks again
        runAll();
        assertThat(request.answer).isEqualTo("loaded");
    }

    @Test
    void versions_aliasOfAModelThatIsNotLoaded_areThoseThatHaveAShare() {
        VersionAlias canary = new VersionAlias("canary", new TreeMap<>(Map.of(3L, new BigDecimal("0.1"))));
        VersionAlias old = new VersionAlias("old", new TreeMap<>(Map.of(1L, BigDecimal.ONE, 2L, BigDecimal.ZERO)));
        ModelSketch sketch = new ModelSketch("a", null, List.of(1L, 2L, 3L), List.of(canary, old), 0, Set.of(), false,
                0, false);
        assertThat(sketch.versions("")).containsExactly(1L, 2L, 3L);
        assertThat(sketch.versions("2")).containsExactly(2L);
        assertThat(sketch.versions("canary")).containsExactly(2L, 3L);
        assertThat(sketch.versions("old")).containsExactly(1L);
        assertThat(sketch.versions("other")).isEmpty();
    }

    @Test
    void noRoomInTime_isRefused_withTheAdviceToTryAgain() {
        Stream.of("a", "b").forEach(name -> know(name, 60));
        load("a");
        loading.busy.add("a");
        Request request = ask("b");
        int limit = alarm.delays().indexOf(Duration.ofSeconds(30).toNanos());
        alarm.fire(alarm.delays().lastIndexOf(Duration.ofSeconds(30).toNanos()));
        assertThat(limit).isNotNegative();
        assertThat(request.error).hasMessageContaining("was not loaded within 30 s");
        assertThat(request.retryAfter()).isPositive();
        loading.busy.clear();
        runAll();
        assertThat(loading.done).as("nobody waits for it").isEmpty();
    }

    @Test
    void justLoaded_isSafe_andWhoeverNeedsItsRoomWaits() {
        Stream.of("a", "b").forEach(name -> know(name, 60));
        assertThat(loaded("a").answer).isEqualTo("loaded");
        Request request = loaded("b");
        assertThat(request.answer).isEmpty();
        clock.advance(Duration.ofSeconds(1));
        alarm.fireLast();
        runAll();
        assertThat(request.answer).isEqualTo("loaded");
    }

    @Test
    void safeForLongerThanARequestMayWait_isRefusedAtOnce() {
        models = new OnDemandModels(new OnDemandConfig(100, Duration.ofSeconds(5), 10, Duration.ofSeconds(60)), 2,
                loading, alarm, clock, work::add);
        Stream.of("a", "b").forEach(name -> know(name, 60));
        loaded("a");
        Request request = loaded("b");
        assertThat(request.answer).isEqualTo("UNAVAILABLE");
        assertThat(request.error).hasMessageContaining("no room");
        assertThat(request.retryAfter()).isEqualTo(60);
        assertThat(models.counts().waiting()).isZero();
    }

    @Test
    void tooManyWait_theNextIsRefused() {
        know("a", 10);
        List<Request> waiting = Stream.generate(() -> ask("a")).limit(3).toList();
        Request oneMore = ask("a");
        assertThat(waiting).allSatisfy(request -> assertThat(request.answer).isEmpty());
        runAll();
        assertThat(oneMore.error).hasMessageContaining("3 requests wait for models already");
        assertThat(waiting).allSatisfy(request -> assertThat(request.answer).isEqualTo("loaded"));
    }

    @Test
    void largerThanTheBudget_isRefusedAtOnce() {
        know("a", 101);
        Request request = loaded("a");
        assertThat(request.error).hasMessageContaining("does not fit: it has files of 101 bytes");
        assertThat(request.retryAfter()).isZero();
        assertThat(loading.done).isEmpty();
    }

    @Test
    void measured_takesThePlaceOfTheSizeOfTheFiles() {
        know("a", 10);
        loading.bytes.put("a", 70L);
        load("a");
        assertThat(models.counts().heldBytes()).isEqualTo(70);
        know("b", 40);
        assertThat(loaded("b").answer).isEqualTo("loaded");
        assertThat(loading.done).containsExactly("unload a", "load b");
    }

    @Test
    void failedLoad_isNotTriedForEveryRequest() {
        know("a", 10);
        loading.broken.put("a", new InferenceException(ErrorCode.INVALID_ARG, "no such backend"));
        assertThat(loaded("a").error).hasMessageContaining("no such backend");
        assertThat(loaded("a").error).hasMessageContaining("no such backend");
        assertThat(loading.done).containsExactly("load a");
        clock.advance(Duration.ofSeconds(1));
        loaded("a");
        assertThat(loading.done).containsExactly("load a", "load a");
        clock.advance(Duration.ofSeconds(1));
        assertThat(loaded("a").retryAfter()).isEqualTo(1);
        loading.broken.clear();
        clock.advance(Duration.ofSeconds(1));
        assertThat(loaded("a").answer).isEqualTo("loaded");
    }

    @Test
    void whatIsSeenToFail_makesNobodyLeave() {
        Stream.of("a", "b").forEach(name -> know(name, 60));
        load("a");
        loading.visiblyBroken.put("b", new InferenceException(ErrorCode.INVALID_ARG, "no such backend"));
        assertThat(loaded("b").error).hasMessageContaining("no such backend");
        assertThat(loading.done).isEmpty();
        assertThat(models.counts().loaded()).isOne();
        assertThat(models.counts().evictions()).isZero();
        assertThat(models.counts().heldBytes()).isEqualTo(60);
        loading.visiblyBroken.clear();
        clock.advance(Duration.ofSeconds(1));
        assertThat(loaded("b").answer).as("mended").isEqualTo("loaded");
        assertThat(loading.done).containsExactly("unload a", "load b");
    }

    @Test
    void failedLoad_forWhichOthersHaveLeft_isNotTriedForLonger() {
        Stream.of("a", "b").forEach(name -> know(name, 60));
        load("a");
        loading.broken.put("b", new InferenceException(ErrorCode.INVALID_ARG, "no model in the file"));
        assertThat(loaded("b").error).hasMessageContaining("no model in the file");
        load("a");
        clock.advance(Duration.ofSeconds(5));
        assertThat(loaded("b").retryAfter()).isEqualTo(3);
        assertThat(loading.done).as("nobody leaves again").isEmpty();
    }

    @Test
    void clientThatAsksForMany_doesNotHoldUpWhoAsksForOne() {
        models = models(1000, 1, 100);
        Stream.of("a", "b", "c", "d", "e").forEach(name -> know(name, 10));
        Stream.of("a", "b", "c", "d").forEach(name -> ask(name, "busy"));
        ask("e", "other");
        runAll();
        assertThat(loading.done).containsExactly("load a", "load b", "load e", "load c", "load d");
    }

    @Test
    void modelThatTwoClientsWaitFor_comesInTheTurnOfTheOneWithFewer() {
        models = models(1000, 1, 100);
        Stream.of("a", "b", "c", "d").forEach(name -> know(name, 10));
        Stream.of("a", "b", "c", "d").forEach(name -> ask(name, "busy"));
        ask("d", "other");
        runAll();
        assertThat(loading.done).containsExactly("load a", "load b", "load d", "load c");
    }

    @Test
    void tooManyWait_theLastOfTheClientWithMostGivesItsPlaceToAnother() {
        know("a", 10);
        List<Request> many = Stream.generate(() -> ask("a", "busy")).limit(3).toList();
        Request other = ask("a", "other");
        runAll();
        assertThat(many.get(2).error).hasMessageContaining("3 requests wait for models already");
        assertThat(List.of(many.get(0).answer, many.get(1).answer, other.answer)).containsOnly("loaded");
        assertThat(models.counts().waiting()).isZero();
    }

    @Test
    void tooManyWait_whoHasAsManyAsTheOthersIsRefusedItself() {
        models = models(100, 1, 4);
        know("a", 10);
        Stream.of("one", "one", "two", "two").forEach(client -> ask("a", client));
        Request another = ask("a", "two");
        runAll();
        assertThat(another.error).hasMessageContaining("4 requests wait for models already");
    }

    @Test
    void placeThatWasGivenUp_leavesNoLoadForNobody() {
        models = models(100, 1, 3);
        Stream.of("a", "b", "c", "d").forEach(name -> know(name, 10));
        Stream.of("a", "b", "c").forEach(name -> ask(name, "busy"));
        ask("d", "other");
        runAll();
        assertThat(loading.done).containsExactly("load a", "load b", "load d");
    }

    @Test
    void manyLoadsAndEvictions_leaveNothingBehind() {
        models = models(100, 2, 100);
        Stream.of("a", "b", "c", "d", "e").forEach(name -> know(name, 60));
        for (int i = 0; i < 30; i++) {
            assertThat(ask(List.of("a", "b", "c", "d", "e").get(i % 5), "client" + i)).isNotNull();
            runAll();
            clock.advance(Duration.ofSeconds(2));
            alarm.fireLast();
            runAll();
        }
        OnDemandCounts counts = models.counts();
        assertThat(List.of(counts.waiting(), counts.loading(), alarm.pending())).containsOnly(0);
        assertThat(counts.heldBytes()).isEqualTo(60);
    }

    @Test
    void ensemble_bringsItsModels_andTheyStayWithIt() {
        know("x", 40);
        know("y", 40);
        know("e", 0, "x", "y");
        know("z", 40);
        load("e");
        assertThat(models.counts().heldBytes()).isEqualTo(80);
        loading.busy.add("e");
        assertThat(loaded("z").answer).isEmpty();
        loading.busy.clear();
        alarm.fireLast();
        runAll();
        assertThat(loading.done.subList(0, 2)).as("the ensemble goes first").containsExactly("unload e", "unload x");
    }

    @Test
    void modelOfAnEnsemble_thatIsBeingLoaded_isNotLoadedTwice() {
        know("x", 40);
        know("e", 0, "x");
        Request ensemble = ask("e");
        Request step = ask("x");
        runAll();
        assertThat(List.of(ensemble.answer, step.answer)).containsOnly("loaded");
        assertThat(loading.done).containsExactly("load e");
    }

    @Test
    void cancelledRequest_waitsNoLonger_andNothingIsLoadedForNobody() {
        models = models(100, 1, 10);
        Stream.of("a", "b").forEach(name -> know(name, 10));
        ask("a");
        Request request = ask("b");
        Objects.requireNonNull(request.cancellation).cancel();
        assertThat(request.answer).isEqualTo("CANCELLED");
        runAll();
        assertThat(loading.done).containsExactly("load a");
    }

    @Test
    void unload_givesTheRoomBack_andTheNextRequestLoadsItAgain() {
        know("x", 40);
        know("e", 0, "x");
        load("e");
        models.unload("x", false);
        runAll();
        assertThat(loading.done).containsExactly("unload e", "unload x");
        assertThat(models.counts().heldBytes()).isZero();
        assertThat(loaded("x").answer).isEqualTo("loaded");
    }

    @Test
    void loadByName_comesFirst_andSaysWhatIsWrong() {
        models = models(100, 1, 10);
        Stream.of("a", "b", "c").forEach(name -> know(name, 10));
        ask("a");
        ask("b");
        CompletableFuture<Void> done = models.load("c", LoadOverride.NONE);
        runAll();
        assertThat(done).isCompleted();
        assertThat(loading.done).containsExactly("load a", "load c", "load b");
        loading.broken.put("c", new InferenceException(ErrorCode.INVALID_ARG, "broken now"));
        CompletableFuture<Void> again = models.load("c", LoadOverride.NONE);
        runAll();
        assertThatThrownBy(again::join).hasMessageContaining("broken now");
        assertThat(models.counts().loaded()).as("what was served is served").isEqualTo(3);
    }

    @Test
    void stop_tellsAllThatWait() {
        models = models(100, 1, 10);
        Stream.of("a", "b").forEach(name -> know(name, 10));
        Request first = ask("a");
        Request second = ask("b");
        models.stop();
        assertThat(second.error).hasMessageContaining("exiting");
        assertThat(first.error).hasMessageContaining("exiting");
        assertThat(loaded("a").error).hasMessageContaining("exiting");
    }
}
