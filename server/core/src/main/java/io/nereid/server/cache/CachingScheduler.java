package io.nereid.server.cache;

import io.nereid.inference.Cancellation;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.NanoClock;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.Tensor;
import io.nereid.scheduler.ForwardingScheduler;
import io.nereid.scheduler.Scheduler;
import io.nereid.statistics.FailureReason;
import io.nereid.statistics.ModelStatistics;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.concurrent.Executor;

/**
 * Answers the requests to one model version from a cache, and passes those on to the version's own scheduler whose
 * answers are not there. An answer of the cache waits for nothing: no queue, no priority, no instance; only where the
 * model keeps the order of its responses it waits for those before it. Errors are never kept. Thread-safe.
 */
public final class CachingScheduler extends ForwardingScheduler {
    /** Hashing more than this, some hundred microseconds, is not done where the request came in. */
    private static final long MAX_HASHED_IN_PLACE = 128 << 10;
    private static final Executor VIRTUAL = work -> Thread.ofVirtual().name("response-cache").start(work);

    private final Scheduler scheduler;
    private final ResponseCache cache;
    private final CacheScope scope;
    private final ModelStatistics statistics;
    private final NanoClock clock;
    private final @Nullable ReplyOrder order;
    private final @Nullable EqualRequests equal;
    private volatile boolean closed;

    /**
     * In front of a scheduler, which is this one's from here on.
     *
     * @param scope what the model's answers depend on beside the requests; ends with {@link #close}
     * @param preserveOrdering whether responses are sent in the order of their requests
     */
    public CachingScheduler(Scheduler scheduler, ResponseCache cache, CacheScope scope, boolean preserveOrdering,
            ModelStatistics statistics, NanoClock clock) {
        super(scheduler);
        this.scheduler = scheduler;
        this.cache = cache;
        this.scope = scope;
        this.statistics = statistics;
        this.clock = clock;
        this.order = preserveOrdering ? new ReplyOrder() : null;
        this.equal = cache.coalesces() ? new EqualRequests(this::recordHit) : null;
    }

    @Override
    public Cancellation enqueue(InferenceRequest request, ResponseListener listener) throws InferenceException {
        ReplyOrder.@Nullable Place place = order == null ? null : order.add(listener);
        ResponseListener ordered = place == null ? listener : place;
        try {
            if (closed || !isComparable(request)) {
                return scheduler.enqueue(request, ordered);
            }
            InferenceRequest forMany = request.withPlaces(List.of()); // what is kept lies in host memory
            Lookup lookup = new Lookup(this, forMany, ordered, clock.nanoTime());
            if (cache.blocks() || inputBytes(request) > MAX_HASHED_IN_PLACE) {
                VIRTUAL.execute(lookup);
            } else {
                lookup.start();
            }
            return lookup;
        } catch (InferenceException e) { // the listener receives nothing
            if (place != null) {
                place.withdraw();
            }
            throw e;
        }
    }

    /** What lies on a GPU is not read for this. */
    private static boolean isComparable(InferenceRequest request) {
        for (Tensor input : request.inputs()) {
            if (!input.memory().kind().isHost()) {
                return false;
            }
        }
        return true;
    }

    private static long inputBytes(InferenceRequest request) {
        long bytes = 0;
        for (Tensor input : request.inputs()) {
            bytes += input.byteSize();
        }
        return bytes;
    }

    /**
     * Answers a request from the cache, has it wait for an equal one, or has it run.
     *
     * @throws InferenceException if it is not there and cannot be queued: the request is the caller's then
     */
    void answer(Lookup lookup) throws InferenceException {
        CacheKey key = RequestDigest.of(scope.content(), lookup.request());
        InferenceResponse found = cache.find(key);
        if (found == null) {
            run(key, lookup);
            return;
        }
        recordHit(lookup);
        lookup.request().memory().release();
        lookup.listener().onResponse(found, true);
    }

    private void recordHit(Lookup lookup) {
        statistics.recordCacheHit(clock.nanoTime() - lookup.beganNanos());
    }

    void recordCancelled(Lookup lookup) {
        statistics.recordFailure(FailureReason.CANCELED, clock.nanoTime() - lookup.beganNanos());
    }

    private void run(CacheKey key, Lookup lookup) throws InferenceException {
        ResponseListener insertion = new Insertion(key, lookup.listener(), clock.nanoTime() - lookup.beganNanos());
        if (equal == null) {
            lookup.passedOn(scheduler.enqueue(lookup.request(), insertion));
            return;
        }
        EqualRequests.First first = equal.join(key, lookup, insertion);
        if (first == null) {
            return;
        }
        try {
            lookup.passedOn(scheduler.enqueue(lookup.request(), first));
        } catch (InferenceException e) {
            first.withdraw();
            throw e;
        }
    }

    @Override
    public void close() {
        closed = true;
        super.close();
        cache.drop(scope);
    }

    /** Keeps the answer before its client has it: whoever asks again finds it. */
    private final class Insertion implements ResponseListener {
        private final CacheKey key;
        private final ResponseListener listener;
        private final long lookupNanos;

        private Insertion(CacheKey key, ResponseListener listener, long lookupNanos) {
            this.key = key;
            this.listener = listener;
            this.lookupNanos = lookupNanos;
        }

        @Override
        public void onResponse(InferenceResponse response, boolean last) {
            if (!isInHost(response)) {
                listener.onResponse(response, last);
            } else if (cache.blocks()) { // an instance does not wait for that
                VIRTUAL.execute(() -> insert(response, last));
            } else {
                insert(response, last);
            }
        }

        private static boolean isInHost(InferenceResponse response) {
            return response.outputs().stream().allMatch(output -> output.memory().kind().isHost());
        }

        private void insert(InferenceResponse response, boolean last) {
            long began = clock.nanoTime();
            try {
                cache.insert(key, scope, response);
            } finally {
                statistics.recordCacheMiss(lookupNanos + clock.nanoTime() - began);
                listener.onResponse(response, last);
            }
        }

        @Override
        public void onFailedResponse(InferenceException error) {
            listener.onFailedResponse(error);
        }

        @Override
        public void onEnd() {
            listener.onEnd();
        }

        @Override
        public void onError(InferenceException error) {
            listener.onError(error);
        }
    }
}
