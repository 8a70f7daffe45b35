package io.nereid.server.cache;

import io.nereid.inference.Await;
import io.nereid.inference.Cancellation;
import io.nereid.inference.CountingLease;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.FakeClock;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.OutputPlace;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.RecordingListener;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorData;
import io.nereid.inference.TensorMemory;
import io.nereid.scheduler.QueueLoad;
import io.nereid.scheduler.Scheduler;
import io.nereid.server.ledger.Ledger;
import io.nereid.statistics.ModelStatistics;
import io.nereid.statistics.StatisticsSnapshot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;

import static io.nereid.server.cache.TestRequests.bytes;
import static io.nereid.server.cache.TestRequests.data;
import static io.nereid.server.cache.TestRequests.request;
import static io.nereid.server.cache.TestRequests.response;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class CachingSchedulerTest {
    private final TensorMemory memory = new PoisonedMemory(1 << 20, 1 << 16);
    private final Ledger ledger = TestLedger.of(1 << 20);
    private final ModelStatistics statistics = new ModelStatistics(InstantSource.system());
    private final FakeClock clock = new FakeClock();
    private final Behind behind = new Behind();
    private final List<CountingLease> requests = new ArrayList<>();
    private final List<CountingLease> responses = new ArrayList<>();
    private ResponseCache cache = cache(false);

    /** A scheduler whose requests the test answers: one that shows as queued has its listener. */
    private static final class Behind implements Scheduler {
        private final List<ResponseListener> listeners = new CopyOnWriteArrayList<>();
        private final List<InferenceRequest> queued = new CopyOnWriteArrayList<>();
        private int cancelled;
        private boolean full;

        @Override
        public Cancellation enqueue(InferenceRequest request, ResponseListener listener) throws InferenceException {
            if (full) {
                throw new InferenceException(ErrorCode.UNAVAILABLE, "Exceeds maximum queue size");
            }
            listeners.add(listener);
            queued.add(request);
            return () -> cancelled++;
        }

        @Override
        public int pending() {
            return queued.size();
        }

        @Override
        public QueueLoad load() {
            throw new AssertionError("nobody asks");
        }

        @Override
        public void flush() {}

        @Override
        public void close() {
            full = true;
        }
    }

    /** An answer that many get cannot lie where one of them wants it. */
    @Test
    void enqueue_outputWantedOnAGpu_isMadeInHostMemory() throws Exception {
        CountingLease memory = new CountingLease();
        requests.add(memory);
        InferenceRequest request = request(memory, List.of("y"), Map.of(), bytes("x", (byte) 1))
                .withPlaces(List.of(new OutputPlace.OnDevice(0)));
        CachingScheduler scheduler = new CachingScheduler(behind, cache, new CacheScope("m"), false, statistics, clock);
        Cancellation _ = scheduler.enqueue(request, new RecordingListener());
        assertThat(behind.queued.getFirst().place("y")).isEqualTo(OutputPlace.HOST);
        memory.release();
        scheduler.close();
    }

    @AfterEach
    void everythingIsGivenBackOnce() {
        cache.close();
        assertThat(memory.bytesInUse()).isZero();
        assertThat(requests).allSatisfy(lease -> assertThat(lease.releases()).isEqualTo(1));
        assertThat(responses).allSatisfy(lease -> assertThat(lease.releases()).isEqualTo(1));
    }

    private ResponseCache cache(boolean coalesce) {
        try {
            return Objects
                    .requireNonNull(ResponseCaches.open(new CacheConfig.Local(1 << 16, coalesce), memory, ledger));
        } catch (InferenceException e) {
            throw new AssertionError(e);
        }
    }

    private CachingScheduler scheduler(boolean coalesce, boolean preserveOrdering) {
        cache.close();
        cache = cache(coalesce);
        return new CachingScheduler(behind, cache, new CacheScope("m/1"), preserveOrdering, statistics, clock);
    }

    private InferenceRequest ask(int content) {
        CountingLease lease = new CountingLease();
        requests.add(lease);
        return request(lease, bytes("IN", (byte) content));
    }

    private void answer(int index, int content) {
        CountingLease lease = new CountingLease();
        responses.add(lease);
        behind.queued.get(index).memory().release();
        behind.listeners.get(index).onResponse(response(lease, bytes("OUT", (byte) content)), true);
    }

    private void fail(int index) {
        behind.queued.get(index).memory().release();
        behind.listeners.get(index).onError(new InferenceException(ErrorCode.INTERNAL, "failed"));
    }

    /** The content of the only response, which is released. */
    private static int content(RecordingListener listener) {
        InferenceResponse response = listener.response();
        int content = data(response.outputs().getFirst())[0];
        response.memory().release();
        return content;
    }

    @Test
    void enqueue_secondTime_isAnsweredWithoutAnExecution() throws Exception {
        CachingScheduler scheduler = scheduler(false, false);
        RecordingListener first = new RecordingListener();
        RecordingListener second = new RecordingListener();
        RecordingListener other = new RecordingListener();

        scheduler.enqueue(ask(1), first);
        answer(0, 10);
        scheduler.enqueue(ask(1), second);
        scheduler.enqueue(ask(2), other);
        answer(1, 20);

        assertThat(content(first)).isEqualTo(10);
        assertThat(content(second)).isEqualTo(10);
        assertThat(content(other)).isEqualTo(20);
        assertThat(behind.queued).hasSize(2);
        StatisticsSnapshot seen = statistics.snapshot();
        assertThat(seen.cacheHit().count()).isEqualTo(1);
        assertThat(seen.cacheMiss().count()).isEqualTo(2);
        assertThat(seen.success().count()).isEqualTo(1);
        assertThat(seen.queue().count()).isEqualTo(1);
        assertThat(seen.inferenceCount()).isZero();
        assertThat(seen.executionCount()).isZero();
        assertThat(statistics.metrics().devices()).singleElement()
                .satisfies(device -> assertThat(device.success()).isEqualTo(1));
    }

    @Test
    void enqueue_afterAnError_runsAgain() throws Exception {
        CachingScheduler scheduler = scheduler(false, false);
        RecordingListener first = new RecordingListener();
        RecordingListener second = new RecordingListener();

        scheduler.enqueue(ask(1), first);
        fail(0);
        scheduler.enqueue(ask(1), second);
        answer(1, 10);

        assertThat(first.error().text()).isEqualTo("failed");
        assertThat(content(second)).isEqualTo(10);
    }

    @Test
    void enqueue_queueIsFull_leavesTheRequestWithTheCaller() {
        CachingScheduler scheduler = scheduler(true, true);
        behind.full = true;
        RecordingListener listener = new RecordingListener();
        InferenceRequest request = ask(1);

        assertThatThrownBy(() -> scheduler.enqueue(request, listener)).isInstanceOf(InferenceException.class);

        assertThat(listener.outcomes()).isEmpty();
        request.memory().release();
    }

    @Test
    void enqueue_largeInputs_areLookedUpElsewhere() throws Exception {
        CachingScheduler scheduler = scheduler(false, false);
        for (int i = 0; i < 2; i++) {
            CountingLease lease = new CountingLease();
            requests.add(lease);
            RecordingListener listener = new RecordingListener();
            scheduler.enqueue(request(lease, bytes("IN", new byte[1 << 20])), listener);
            if (i == 0) {
                Await.until(() -> behind.pending() != 0);
                answer(0, 3);
            }
            assertThat(content(listener)).isEqualTo(3);
        }
        assertThat(behind.queued).hasSize(1);
    }

    @Test
    void enqueue_preservingOrder_hitWaitsForThoseBeforeIt() throws Exception {
        CachingScheduler scheduler = scheduler(false, true);
        RecordingListener first = new RecordingListener();
        RecordingListener slow = new RecordingListener();
        RecordingListener hit = new RecordingListener();
        scheduler.enqueue(ask(1), first);
        answer(0, 10);

        scheduler.enqueue(ask(2), slow);
        scheduler.enqueue(ask(1), hit);
        assertThat(hit.outcomes()).isEmpty();
        answer(1, 20);

        assertThat(content(first)).isEqualTo(10);
        assertThat(content(slow)).isEqualTo(20);
        assertThat(content(hit)).isEqualTo(10);
    }

    @Test
    void close_modelIsUnloaded_forgetsItsAnswers() throws Exception {
        CachingScheduler scheduler = scheduler(false, false);
        RecordingListener first = new RecordingListener();
        RecordingListener late = new RecordingListener();
        scheduler.enqueue(ask(1), first);
        scheduler.enqueue(ask(2), late);
        answer(0, 10);
        scheduler.close();
        answer(1, 20);

        assertThat(content(first)).isEqualTo(10);
        assertThat(content(late)).isEqualTo(20);
        InferenceRequest refused = ask(1);
        assertThatThrownBy(() -> scheduler.enqueue(refused, late)).isInstanceOf(InferenceException.class);
        refused.memory().release();
        assertThat(cache.counts().entries()).isZero();
    }

    @Test
    void coalesce_equalRequests_runOnce() throws Exception {
        CachingScheduler scheduler = scheduler(true, false);
        List<RecordingListener> listeners = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            RecordingListener listener = new RecordingListener();
            listeners.add(listener);
            scheduler.enqueue(ask(1), listener);
        }
        assertThat(behind.queued).hasSize(1);

        answer(0, 10);

        assertThat(listeners).allSatisfy(listener -> assertThat(content(listener)).isEqualTo(10));
        assertThat(statistics.snapshot().cacheHit().count()).isEqualTo(3);
    }

    @Test
    void coalesce_memoryThatAWorkerWrites_isMarkedForEachOfThem() throws Exception {
        CachingScheduler scheduler = scheduler(true, false);
        List<RecordingListener> listeners = List.of(new RecordingListener(), new RecordingListener());
        for (RecordingListener listener : listeners) {
            scheduler.enqueue(ask(1), listener);
        }
        Tensor output = bytes("OUT", (byte) 10);

        behind.queued.getFirst().memory().release();
        behind.listeners.getFirst().onResponse(response(Lease.NONE, new Tensor("OUT", output.dataType(),
                output.shape(), TensorData.host(TensorData.Kind.SHARED, output.data()))), true);

        for (RecordingListener listener : listeners) {
            assertThat(listener.response().outputs()).singleElement()
                    .satisfies(seen -> assertThat(seen.memory().isForSeveral()).isTrue());
            assertThat(content(listener)).isEqualTo(10);
        }
    }

    @Test
    void coalesce_firstFails_theOthersAreRunAgain() throws Exception {
        CachingScheduler scheduler = scheduler(true, false);
        RecordingListener first = new RecordingListener();
        RecordingListener second = new RecordingListener();
        RecordingListener third = new RecordingListener();
        scheduler.enqueue(ask(1), first);
        scheduler.enqueue(ask(1), second);
        scheduler.enqueue(ask(1), third);

        fail(0);
        assertThat(behind.queued).hasSize(2);
        answer(1, 10);

        assertThat(first.error().text()).isEqualTo("failed");
        assertThat(content(second)).isEqualTo(10);
        assertThat(content(third)).isEqualTo(10);
    }

    @Test
    void coalesce_waitingOneIsCancelled_endsAtOnceAndAlone() throws Exception {
        CachingScheduler scheduler = scheduler(true, false);
        RecordingListener first = new RecordingListener();
        RecordingListener waiting = new RecordingListener();
        scheduler.enqueue(ask(1), first);
        Cancellation cancellation = scheduler.enqueue(ask(1), waiting);

        cancellation.cancel();
        cancellation.cancel();
        assertThat(waiting.error().code()).isEqualTo(ErrorCode.CANCELLED);
        answer(0, 10);

        assertThat(content(first)).isEqualTo(10);
        assertThat(behind.cancelled).isZero();
    }

    @Test
    void coalesce_firstIsCancelled_isCancelledBehind() throws Exception {
        CachingScheduler scheduler = scheduler(true, false);
        RecordingListener first = new RecordingListener();
        Cancellation cancellation = scheduler.enqueue(ask(1), first);

        cancellation.cancel();
        assertThat(behind.cancelled).isEqualTo(1);
        fail(0);

        assertThat(first.error().text()).isEqualTo("failed");
    }

    @Test
    void coalesce_queueIsFullForTheNext_failsThoseThatWaited() throws Exception {
        CachingScheduler scheduler = scheduler(true, false);
        RecordingListener first = new RecordingListener();
        RecordingListener second = new RecordingListener();
        scheduler.enqueue(ask(1), first);
        scheduler.enqueue(ask(1), second);

        behind.full = true;
        fail(0);

        assertThat(second.error().code()).isEqualTo(ErrorCode.UNAVAILABLE);
        assertThat(first.error().text()).isEqualTo("failed");
    }
}
