package io.nereid.server.observation;

import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;

/** Those who want to know what becomes of single requests, such as an access log and traces. Thread-safe. */
public interface Observers {
    /** Whether any request is of interest now: if not, nothing need be noted about one. */
    boolean isOn();

    /** The time as it is noted, in nanoseconds of the models' clock. */
    long nanoTime();

    /** Begins to observe a request to a model that there is; null if nobody wants to know about it. */
    @Nullable
    Observation begin(String model, long version, Arrival arrival);

    /**
     * Reports a request that was refused before it could be observed, since its model is not there or cannot be asked
     * that way.
     *
     * @param id the client's name for it, empty where that was not read
     * @param httpStatus what it was answered with; 0 for gRPC
     */
    void refused(String id, String model, String version, Arrival arrival, InferenceException error, int httpStatus);
}
