package io.nereid.server.ondemand;

import java.util.concurrent.atomic.LongAdder;

/** Counts what is done on demand. Thread-safe. */
final class OnDemandMeter {
    private final LongAdder loads = new LongAdder();
    private final LongAdder failedLoads = new LongAdder();
    private final LongAdder loadNanos = new LongAdder();
    private final LongAdder evictions = new LongAdder();
    private final LongAdder waited = new LongAdder();
    private final LongAdder refused = new LongAdder();

    void loaded(long nanos) {
        loads.increment();
        loadNanos.add(nanos);
    }

    void loadFailed() {
        failedLoads.increment();
    }

    void evicted() {
        evictions.increment();
    }

    void waited() {
        waited.increment();
    }

    void refused() {
        refused.increment();
    }

    /** With what is held and known now. */
    OnDemandCounts counts(long budgetBytes, long heldBytes, int known, int loaded, int loading, int waiting) {
        return new OnDemandCounts(budgetBytes, heldBytes, known, loaded, loading, waiting, loads.sum(),
                failedLoads.sum(), loadNanos.sum(), evictions.sum(), waited.sum(), refused.sum());
    }
}
