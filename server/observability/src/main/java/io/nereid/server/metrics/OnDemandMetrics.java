package io.nereid.server.metrics;

import io.nereid.server.ondemand.OnDemand;
import io.nereid.server.ondemand.OnDemandCounts;

import java.util.Map;

import static io.nereid.server.metrics.MetricsText.Type.COUNTER;
import static io.nereid.server.metrics.MetricsText.Type.GAUGE;

/** What models that are loaded on demand hold, and what requests to them have waited for. */
record OnDemandMetrics(OnDemand models) implements MetricSource {
    private static final double NANOS = 1e9;

    @Override
    public void write(MetricsText text) {
        write(text, models.counts(), models.loadedBytes());
    }

    /**
     * Writes them.
     *
     * @param loadedBytes what each loaded model holds
     */
    static void write(MetricsText text, OnDemandCounts counts, Map<String, Long> loadedBytes) {
        text.single("nereid_on_demand_budget_bytes", GAUGE, "Memory that loaded models may hold, in bytes",
                counts.budgetBytes());
        text.single("nereid_on_demand_held_bytes", GAUGE,
                "Memory that models hold, those among them that are being loaded or leave, in bytes",
                counts.heldBytes());
        text.single("nereid_on_demand_known_models", GAUGE, "Models that are loaded when they are asked for",
                counts.known());
        text.single("nereid_on_demand_loaded_models", GAUGE, "Those of them that are loaded", counts.loaded());
        text.single("nereid_on_demand_loading_models", GAUGE, "Loads under way", counts.loading());
        text.single("nereid_on_demand_waiting_requests", GAUGE, "Requests that wait for their model",
                counts.waiting());
        text.single("nereid_on_demand_waited_requests_total", COUNTER, "Requests that found their model not loaded",
                counts.waited());
        text.single("nereid_on_demand_refused_requests_total", COUNTER,
                "Requests that were refused as their model was not loaded", counts.refused());
        text.single("nereid_on_demand_loads_total", COUNTER, "Loads of models", counts.loads());
        text.single("nereid_on_demand_failed_loads_total", COUNTER, "Loads that failed", counts.failedLoads());
        text.single("nereid_on_demand_load_seconds_total", COUNTER, "Time of all loads together, in seconds",
                counts.loadNanos() / NANOS);
        text.single("nereid_on_demand_evictions_total", COUNTER, "Models that were unloaded for others",
                counts.evictions());
        text.family("nereid_on_demand_model_bytes", GAUGE, "Memory that a loaded model holds, in bytes");
        loadedBytes.forEach((model, bytes) -> text.sample(Labels.NONE.with("model", model), bytes));
    }
}
