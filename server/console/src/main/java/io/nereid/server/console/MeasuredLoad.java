package io.nereid.server.console;

import io.nereid.scheduler.BatchPolicy;
import io.nereid.scheduler.QueuePolicy;
import io.nereid.simulation.ArrivalPattern;
import io.nereid.simulation.MeasuredService;
import io.nereid.simulation.Setup;
import io.nereid.statistics.BatchStatistic;
import io.nereid.statistics.RecentRequest;

import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * What was measured of a version: the requests of the last minute, and how long its batches ran since it was loaded.
 *
 * @param requests one or more, by arrival
 * @param service how long a batch of so many rows ran, on the average
 */
record MeasuredLoad(List<RecentRequest> requests, MeasuredService service) {
    private static final double NANOS_PER_SECOND = 1e9;
    /** After the last request the simulation goes on until all are answered, but no longer than this. */
    private static final long DRAIN_NANOS = TimeUnit.MINUTES.toNanos(10);

    static MeasuredLoad of(List<RecentRequest> requests, SortedMap<Integer, Long> nanosByRows) {
        return new MeasuredLoad(
                requests.stream().sorted(Comparator.comparingLong(RecentRequest::arrivalNanos)).toList(),
                new MeasuredService(new TreeMap<>(nanosByRows)));
    }

    /** Mean nanoseconds of an execution by its rows. */
    static SortedMap<Integer, Long> serviceTimes(List<BatchStatistic> batches) {
        SortedMap<Integer, Long> times = new TreeMap<>();
        for (BatchStatistic batch : batches) {
            long nanos = batch.computeInput().nanos() + batch.computeInfer().nanos() + batch.computeOutput().nanos();
            if (batch.computeInfer().count() > 0) {
                times.put((int) Math.max(1, batch.batchSize()), nanos / batch.computeInfer().count());
            }
        }
        return times;
    }

    double arrivalsPerSecond() {
        long nanos = requests.getLast().arrivalNanos() - requests.getFirst().arrivalNanos();
        return nanos == 0 ? requests.size() : (requests.size() - 1) * NANOS_PER_SECOND / nanos;
    }

    /** The same requests once more, put together and queued like that. */
    Setup setup(BatchPolicy batching, QueuePolicy policy, int instances) {
        long first = requests.getFirst().arrivalNanos();
        List<Long> times = requests.stream().map(request -> request.arrivalNanos() - first).toList();
        List<Integer> rows = requests.stream().map(RecentRequest::rows).toList();
        int most = rows.stream().mapToInt(Integer::intValue).max().orElse(1);
        return new Setup(new ArrivalPattern.Replay(times, rows), 1, most, service, instances, batching, policy, 0, 0,
                0, times.getLast() + DRAIN_NANOS, 1);
    }
}
