package io.nereid.server.inference;

import io.nereid.inference.InferenceException;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the inference requests that were refused before a model version was found for them; those of a version are in
 * its statistics. By reason only: names come from clients, who could think of any number of them. Thread-safe; counting
 * neither blocks nor allocates.
 */
public final class RefusedRequests {
    /** Why there was no model version for a request. */
    public enum Reason {
        /** There is no such model, no such version of it, or none that is loaded. */
        UNKNOWN_MODEL,
        /** The version is being loaded or unloaded. */
        NOT_READY,
        /** What came names no model, or a version that is none. */
        MALFORMED
    }

    private final Map<Reason, LongAdder> counts = new EnumMap<>(Reason.class);

    /** None so far. */
    RefusedRequests() {
        for (Reason reason : Reason.values()) {
            counts.put(reason, new LongAdder());
        }
    }

    /** Counts a request whose model version could not be acquired. */
    void recordUnserved(InferenceException error) {
        record(switch (error.code()) {
            case NOT_FOUND -> Reason.UNKNOWN_MODEL;
            case UNAVAILABLE -> Reason.NOT_READY;
            default -> Reason.MALFORMED;
        });
    }

    /** Counts a request that could not be read as far as the name of its model. */
    public void recordMalformed() {
        record(Reason.MALFORMED);
    }

    private void record(Reason reason) {
        Objects.requireNonNull(counts.get(reason)).increment();
    }

    /** The counts of what has happened, by reason; none of what has not. */
    public Map<Reason, Long> counts() {
        Map<Reason, Long> happened = new EnumMap<>(Reason.class);
        counts.forEach((reason, count) -> {
            if (count.sum() > 0) {
                happened.put(reason, count.sum());
            }
        });
        return happened;
    }
}
