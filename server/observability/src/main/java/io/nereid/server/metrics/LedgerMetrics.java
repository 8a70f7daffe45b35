package io.nereid.server.metrics;

import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.Resource;

import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;

import static io.nereid.server.metrics.MetricsText.Type.COUNTER;
import static io.nereid.server.metrics.MetricsText.Type.GAUGE;

/** What clients make the server hold, and what was done when it was too much. */
record LedgerMetrics(Ledger ledger) implements MetricSource {
    private static final List<Resource> MEMORY = List.of(Resource.NATIVE, Resource.HEAP);
    private static final List<Resource> ALL = List.of(Resource.values());

    @Override
    public void write(MetricsText text) {
        samples(text.family("nereid_client_memory_bytes", GAUGE, "Memory held for clients, in bytes"), "kind", MEMORY,
                ledger::held);
        samples(text.family("nereid_client_memory_ending_bytes", GAUGE,
                "Memory of clients that were ended, not given back yet, in bytes"), "kind", MEMORY, ledger::ending);
        samples(text.family("nereid_client_memory_max_bytes", GAUGE, "Most memory that is held for clients, in bytes"),
                "kind", MEMORY, ledger::limit);
        samples(text.family("nereid_clients_ended_total", COUNTER,
                "Connections and calls of slow clients that were ended as others needed what they held"), "reason", ALL,
                ledger::ended);
        samples(text.family("nereid_clients_refused_total", COUNTER,
                "Requests for memory, or for a place in flight, that were refused as none was left"), "reason", ALL,
                ledger::refused);
    }

    private static void samples(MetricsText family, String label, List<Resource> resources,
            ToLongFunction<Resource> value) {
        for (Resource resource : resources) {
            family.sample(Labels.NONE.with(label, resource.name().toLowerCase(Locale.ROOT)),
                    value.applyAsLong(resource));
        }
    }
}
