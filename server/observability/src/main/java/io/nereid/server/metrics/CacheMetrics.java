package io.nereid.server.metrics;

import io.nereid.server.cache.CacheCounts;
import io.nereid.server.cache.ResponseCache;

import static io.nereid.server.metrics.MetricsText.Type.COUNTER;
import static io.nereid.server.metrics.MetricsText.Type.GAUGE;

/** What the response cache has and has done, under Triton's names. */
record CacheMetrics(ResponseCache cache) implements MetricSource {
    private static final long NANOS_PER_MICRO = 1_000;

    @Override
    public void write(MetricsText text) {
        CacheCounts counts = cache.counts();
        gauge(text, "nv_cache_util", "How full the response cache is, from 0 to 1", counts.utilization());
        gauge(text, "nv_cache_num_entries", "Answers in the response cache", counts.entries());
        gauge(text, "nv_cache_num_lookups", "Lookups in the response cache", counts.lookups());
        gauge(text, "nv_cache_num_hits", "Lookups that found an answer", counts.hits());
        gauge(text, "nv_cache_num_misses", "Lookups that found none", counts.misses());
        gauge(text, "nv_cache_num_evictions", "Answers that had to go for others", counts.evictions());
        gauge(text, "nv_cache_lookup_duration", "Time of all lookups together, in microseconds",
                micros(counts.lookupNanos()));
        gauge(text, "nv_cache_insertion_duration", "Time of all insertions together, in microseconds",
                micros(counts.insertNanos()));
        text.family("nereid_cache_failures_total", COUNTER, "Lookups and insertions of the response cache that failed");
        text.sample(Labels.NONE, counts.failures());
    }

    private static long micros(long nanos) {
        return nanos / NANOS_PER_MICRO;
    }

    private static void gauge(MetricsText text, String name, String help, long value) {
        gauge(text, name, help, (double) value);
    }

    private static void gauge(MetricsText text, String name, String help, double value) {
        text.family(name, GAUGE, help);
        text.sample(Labels.NONE, value);
    }
}
