package io.nereid.simulation;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.ResponseListener;
import io.nereid.scheduler.BatchKey;
import io.nereid.scheduler.BatchQueue;
import io.nereid.scheduler.Decision;
import io.nereid.scheduler.IdleInstance;
import io.nereid.scheduler.PriorityLevels;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.scheduler.RequestQueue;
import io.nereid.scheduler.tuning.DrainEstimate;
import io.nereid.scheduler.tuning.LatencyTuner;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * One run of the server's queue, estimate and tuner over simulated time. The order of events at one moment is fixed:
 * instances get free, timeouts pass, a request comes, idle instances take.
 */
public final class Simulation {
    private static final long NEVER = Long.MAX_VALUE;
    private static final ResponseListener NOBODY = new ResponseListener() {
        @Override
        public void onResponse(InferenceResponse response, boolean last) {
            throw new IllegalStateException("a simulated request has no response");
        }

        @Override
        public void onError(InferenceException error) {
            throw new IllegalStateException("a simulated request has no error", error);
        }
    };

    private final Setup setup;
    private final RequestQueue queue;
    private final DrainEstimate estimate;
    private final @Nullable LatencyTuner tuner;
    private final Arrivals arrivals;
    private final SplittableRandom rowsRandom;
    private final SplittableRandom serviceRandom;
    private final Map<Integer, InferenceRequest> requestsByRows = new HashMap<>();
    private final List<List<QueuedRequest>> running;
    private final long[] endNanos;
    private final Report report;
    private long now;
    private long deadline = NEVER;

    private Simulation(Setup setup) {
        this.setup = setup;
        queue = new BatchQueue(setup.batching(), PriorityLevels.of(setup.queuePolicy()), 0);
        estimate = new DrainEstimate(setup.instances(), setup.batching().maxBatchSize());
        tuner = setup.targetNanos() == 0 ? null : new LatencyTuner(setup.targetNanos(), estimate);
        SplittableRandom random = new SplittableRandom(setup.seed());
        arrivals = setup.arrivals().start(random.split());
        rowsRandom = random.split();
        serviceRandom = random.split();
        running = IntStream.range(0, setup.instances()).<List<QueuedRequest>>mapToObj(_ -> new ArrayList<>()).toList();
        endNanos = new long[setup.instances()];
        Arrays.fill(endNanos, NEVER);
        report = new Report(setup);
    }

    private static InferenceRequest request(int rows) {
        return new InferenceRequest("", List.of(), List.of(), rows, RequestOptions.DEFAULT, Map.of(), Lease.NONE);
    }

    /** Simulates until the last request has ended. */
    public static Report run(Setup setup) {
        return new Simulation(setup).run();
    }

    private Report run() {
        while (advance()) {
            endBatches();
            expire();
            if (arrivalNanos() == now) {
                arrive();
            }
            takeBatches();
        }
        report.end();
        return report;
    }

    /** On to the next event; false if there is none. */
    private boolean advance() {
        long next = Math.min(arrivalNanos(), deadline);
        boolean idle = false;
        for (long end : endNanos) {
            next = Math.min(next, end);
            idle |= end == NEVER;
        }
        if (idle) {
            next = Math.min(next, plus(queue.nanosUntilReady(now)));
        }
        if (next == NEVER) {
            return false;
        }
        now = Math.max(now, next);
        return true;
    }

    private long arrivalNanos() {
        long next = arrivals.peekNanos();
        return next > setup.durationNanos() ? NEVER : Math.max(now, next);
    }

    private long plus(long nanos) {
        return nanos == NEVER ? NEVER : now + nanos;
    }

    private void endBatches() {
        for (int instance = 0; instance < endNanos.length; instance++) {
            if (endNanos[instance] <= now) {
                end(instance);
            }
        }
    }

    private void end(int instance) {
        endNanos[instance] = NEVER;
        estimate.finished(instance, now);
        List<QueuedRequest> batch = running.get(instance);
        for (QueuedRequest request : batch) {
            long latency = now - request.queuedNanos();
            report.answered(now, latency, request.request().batchSize());
            if (tuner != null) {
                tuner.answered(latency);
            }
            arrivals.ended(now);
        }
        batch.clear();
        if (tuner != null && tuner.adjust()) {
            queue.limit(tuner.maxRows(), tuner.delayNanos());
        }
    }

    private void expire() {
        if (deadline > now) {
            return;
        }
        for (QueuedRequest _ : queue.expire(now)) {
            report.timedOut += report.counts(now) ? 1 : 0;
            arrivals.ended(now);
        }
        deadline = plus(queue.nanosUntilDeadline(now));
    }

    private void arrive() {
        int asked = arrivals.rows();
        arrivals.next();
        int rows = asked != 0 ? asked
                : setup.minRows() == setup.maxRows() ? setup.maxRows()
                        : rowsRandom.nextInt(setup.minRows(), setup.maxRows() + 1);
        boolean counts = report.counts(now);
        report.requests += counts ? 1 : 0;
        InferenceRequest request = requestsByRows.computeIfAbsent(rows, Simulation::request);
        if (!admits(request)) {
            report.refused += counts ? 1 : 0;
            arrivals.ended(now);
        } else if (!queue.offer(queue.entries().create(request, NOBODY, BatchKey.ANY, now, _ -> {
        }))) {
            report.queueFull += counts ? 1 : 0;
            arrivals.ended(now);
        } else {
            report.queueLengthMax = Math.max(report.queueLengthMax, queue.size());
            deadline = Math.min(deadline, plus(queue.nanosUntilDeadline(now)));
        }
    }

    private boolean admits(InferenceRequest request) {
        long ahead = queue.rowsAhead(request);
        if (tuner != null && !tuner.admits(ahead, request.batchSize(), now)) {
            return false;
        }
        long timeout = setup.queuePolicy().timeoutNanos(0);
        return timeout == 0 || estimate.admits(ahead, request.batchSize(), timeout, now);
    }

    private void takeBatches() {
        for (int instance = 0; instance < endNanos.length && queue.size() > 0; instance++) {
            if (endNanos[instance] == NEVER) {
                take(instance);
            }
        }
    }

    private void take(int instance) {
        List<QueuedRequest> batch = running.get(instance);
        Decision decision = queue.decide(now, new Taker(instance, estimate.maxRows(queue.rows()), batch));
        if (!(decision instanceof Decision.Run run)) {
            return;
        }
        int rows = 0;
        for (int i = 0; i < batch.size(); i++) {
            rows += batch.get(i).request().batchSize();
            report.taken(now, now - batch.get(i).queuedNanos());
        }
        estimate.started(instance, rows, now);
        long nanos = setup.service().nanos(rows, serviceRandom);
        endNanos[instance] = now + nanos;
        report.executed(now, rows, run.reason(), nanos);
    }

    /** A simulated instance that asks for work. */
    private record Taker(int number, int maxRows, List<QueuedRequest> batch) implements IdleInstance {}
}
