package io.nereid.server.observation;

import io.nereid.inference.InferenceException;
import io.nereid.inference.RequestTimes;
import io.nereid.inference.RequestTrace;
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
     * Begins to observe a request that the server makes for the sake of one that is traced: its trace is a child of
     * that one's. Null if nobody wants to know about it.
     *
     * @param times where the scheduler notes its times of the request
     */
    @Nullable
    Observation beginChild(RequestTrace parent, String model, long version, RequestTimes times);

    /**
     * Reports a request that was refused before it could be observed, since its model is not there or cannot be asked
     * that way.
     *
     * @param id the client's name for it, empty where that was not read
     * @param httpStatus what it was answered with; 0 for gRPC
     */
    void refused(String id, String model, String version, Arrival arrival, InferenceException error, int httpStatus);
}
