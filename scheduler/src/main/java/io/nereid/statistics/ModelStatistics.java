package io.nereid.statistics;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.jspecify.annotations.Nullable;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Counts what one model version did. Thread-safe; a reader sees whole records only. What runs on an instance is counted
 * by the instance's own {@link InstanceStatistics}, so that instances do not wait for each other; readers add these up.
 */
public final class ModelStatistics {
    /** In place of a GPU's number: none. */
    public static final int NO_GPU = -1;

    private final InstantSource wallClock;
    private final StatisticsSettings settings;
    /** Taken before an instance's where both are. */
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final ComputeSums.Sum fail = new ComputeSums.Sum();
    @GuardedBy("lock")
    private final ResponseSums responses = new ResponseSums();
    @GuardedBy("lock")
    private final EnumCounts<Rejection> rejections = new EnumCounts<>(Rejection.class);
    @GuardedBy("lock")
    private final EnumCounts<FailureReason> failures = new EnumCounts<>(FailureReason.class);
    /** Of requests whose responses their sender recorded. */
    @GuardedBy("lock")
    private final Histogram firstResponse;
    @GuardedBy("lock")
    private final List<InstanceStatistics> instances = new ArrayList<>(1);
    /** What instances did that are no more. */
    @GuardedBy("lock")
    private final InstanceTotals ended;
    /** Requests that a response cache answered, as on the CPU; made with the first of them. */
    @GuardedBy("lock")
    private @Nullable CacheSums cached;
    @GuardedBy("lock")
    private final ComputeSums.Sum cacheMisses = new ComputeSums.Sum();
    @GuardedBy("lock")
    private long loadNanos;
    private final ThreadChoices threads = new ThreadChoices();
    /** Null while nobody asks for single requests. */
    private volatile @Nullable RecentRequests recent;

    /** Statistics of a version that has done nothing yet, with the usual buckets. */
    public ModelStatistics(InstantSource wallClock) {
        this(wallClock, StatisticsSettings.DEFAULT);
    }

    /** Statistics of a version that has done nothing yet. */
    public ModelStatistics(InstantSource wallClock, StatisticsSettings settings) {
        this.wallClock = wallClock;
        this.settings = settings;
        this.firstResponse = new Histogram(settings.firstResponse());
        this.ended = new InstanceTotals(settings);
    }

    /**
     * Whoever runs an instance records by this what it did.
     *
     * @param name the instance's; empty for a model that has no instances, as an ensemble
     * @param gpu the GPU it is on, as CUDA counts; {@link #NO_GPU} for none
     */
    public InstanceStatistics instance(String name, int gpu) {
        InstanceStatistics added = new InstanceStatistics(this, name, gpu, settings, wallClock);
        lock.lock();
        try {
            instances.add(added);
        } finally {
            lock.unlock();
        }
        return added;
    }

    /** The instance is no more. Without effect from the second time on. */
    void close(InstanceStatistics instance) {
        long nowMillis = wallClock.millis();
        lock.lock();
        try {
            if (instances.remove(instance)) {
                instance.endInto(ended, nowMillis);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Records how long the version took to load. */
    public void recordLoad(long nanos) {
        lock.lock();
        try {
            loadNanos = nanos;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Records a request that the response cache answered, so many nanoseconds after its arrival: a success that neither
     * counts as an inference nor as an execution.
     */
    public void recordCacheHit(long nanos) {
        long nowMillis = wallClock.millis();
        lock.lock();
        try {
            CacheSums sums = cached;
            if (sums == null) {
                sums = new CacheSums(settings, nowMillis);
                cached = sums;
            }
            sums.hit(nanos, nowMillis);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Records a request that the response cache had no answer for, once it was answered: how long looking it up and
     * keeping the answer took together.
     */
    public void recordCacheMiss(long nanos) {
        lock.lock();
        try {
            cacheMisses.add(nanos);
        } finally {
            lock.unlock();
        }
    }

    /** Records a request that reached the scheduler and failed {@code nanos} after its arrival. */
    public void recordFailure(FailureReason reason, long nanos) {
        lock.lock();
        try {
            fail.add(nanos);
            failures.increment(reason);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Records a request that was not run. It counts nowhere else: who rejects one that had reached the scheduler
     * records its failure too.
     */
    public void recordRejection(Rejection reason) {
        lock.lock();
        try {
            rejections.increment(reason);
        } finally {
            lock.unlock();
        }
    }

    /** Records on which thread a request was to run when it was queued. */
    public void recordThread(ThreadChoice choice) {
        threads.increment(choice);
    }

    /** Records that a request runs on another thread than was recorded when it was queued. */
    public void recordThreadChange(ThreadChoice before, ThreadChoice after) {
        threads.move(before, after);
    }

    /**
     * Records a response that a decoupled model sent, with its times in nanoseconds. Those that follow more than 1,000
     * others of the same request are not kept.
     *
     * @param index how many responses of the request were sent before
     */
    public void recordResponse(int index, long inferNanos, long outputNanos) {
        lock.lock();
        try {
            responses.sent(index, inferNanos, outputNanos);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Records that a request of a decoupled model ended without a last response, {@code nanos} after the response
     * before.
     *
     * @param index how many responses of the request were sent; as for {@link #recordResponse}
     */
    public void recordEnd(int index, ResponseEnd end, long nanos) {
        lock.lock();
        try {
            responses.ended(index, end, nanos);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Records that the sender of a request's responses has made the first of them, so many nanoseconds after the
     * request's arrival.
     */
    public void recordFirstResponse(long nanos) {
        lock.lock();
        try {
            firstResponse.record(nanos);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Adds the requests that succeed from here on to these, instead of to those before, until nobody asks for them any
     * more; null for none.
     */
    public void keepRecent(@Nullable RecentRequests requests) {
        recent = requests;
    }

    /** A request was successful, of so many rows. */
    void keep(int rows, long queueNanos, long computeNanos) {
        RecentRequests keeping = recent;
        if (keeping != null && !keeping.add(rows, queueNanos, computeNanos)) {
            recent = null;
        }
    }

    /** How many requests have ended how, as it is now. */
    public RequestCounts requests() {
        lock.lock();
        try {
            long answered = ended.executions().success.count() + (cached == null ? 0 : cached.hits().count());
            for (InstanceStatistics instance : instances) {
                answered += instance.answered();
            }
            return new RequestCounts(answered, fail.count(), rejections.happened());
        } finally {
            lock.unlock();
        }
    }

    /** All counts and durations as they are now. */
    public StatisticsSnapshot snapshot() {
        lock.lock();
        try {
            ExecutionSums executed = totals(wallClock.millis()).executions();
            BatchHistogram batches = executed.batches;
            ComputeSums compute = executed.compute;
            Explanation explanation = new Explanation(batches.toClosedBatches(), batches.closedBy().toMap(),
                    rejections.toMap(), threads.toMap());
            return new StatisticsSnapshot(executed.lastInferenceMillis(), executed.inferences(), executed.executions(),
                    executed.success.toStatistic(), fail.toStatistic(), executed.queue.toStatistic(),
                    compute.input.toStatistic(), compute.infer.toStatistic(), compute.output.toStatistic(),
                    batches.toStatistics(), responses.toStatistics(), cacheHits(), cacheMisses.toStatistic(),
                    explanation);
        } finally {
            lock.unlock();
        }
    }

    /** What metrics say beyond that, as it is now. */
    public MetricsSnapshot metrics() {
        lock.lock();
        try {
            InstanceTotals totals = totals(wallClock.millis());
            ExecutionSums executed = totals.executions();
            executed.firstResponse.add(firstResponse);
            return new MetricsSnapshot(totals.devices(), failures.toMap(), rejections.toMap(),
                    executed.batches.closedBy().toMap(), executed.requestTimes.snapshot(),
                    executed.queueTimes.snapshot(), executed.computeTimes.snapshot(), executed.batchSizes.snapshot(),
                    executed.firstResponse.snapshot(), totals.instances(), cacheHits(), cacheMisses.toStatistic(),
                    loadNanos);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private DurationStatistic cacheHits() {
        return cached == null ? DurationStatistic.NONE : cached.hits();
    }

    @GuardedBy("lock")
    private InstanceTotals totals(long nowMillis) {
        InstanceTotals totals = new InstanceTotals(settings);
        totals.add(ended, nowMillis);
        if (cached != null) {
            cached.addTo(totals, nowMillis);
        }
        for (InstanceStatistics instance : instances) {
            instance.addTo(totals, nowMillis);
        }
        return totals;
    }
}
