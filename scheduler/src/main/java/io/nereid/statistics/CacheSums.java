package io.nereid.statistics;

/** What a response cache answered in a model's place. Not thread-safe; recording allocates nothing. */
final class CacheSums {
    private final ComputeSums.Sum hits = new ComputeSums.Sum();
    private final ExecutionSums requests;
    private final DeviceSums onCpu;

    CacheSums(StatisticsSettings settings, long nowMillis) {
        this.requests = new ExecutionSums(settings);
        this.onCpu = new DeviceSums(ModelStatistics.NO_GPU, settings.quantiles(), nowMillis);
    }

    void hit(long nanos, long nowMillis) {
        hits.add(nanos);
        requests.answered(nanos);
        onCpu.slide(nowMillis);
        onCpu.answered(nanos);
    }

    DurationStatistic hits() {
        return hits.toStatistic();
    }

    void addTo(InstanceTotals totals, long nowMillis) {
        totals.add(requests, onCpu, nowMillis);
    }
}
