package io.nereid.server.inference;

import io.nereid.inference.InferenceException;
import io.nereid.inference.RequestTimes;
import io.nereid.inference.RequestTrace;
import io.nereid.server.observation.Arrival;
import io.nereid.server.observation.Observation;
import io.nereid.server.observation.Observers;
import org.jspecify.annotations.Nullable;

/** Nobody wants to know about single requests. */
class NobodyObserves implements Observers {
    @Override
    public boolean isOn() {
        return false;
    }

    @Override
    public long nanoTime() {
        return 0;
    }

    @Override
    public @Nullable Observation begin(String model, long version, Arrival arrival) {
        return null;
    }

    @Override
    public @Nullable Observation beginChild(RequestTrace parent, String model, long version, RequestTimes times) {
        return null;
    }

    @Override
    public void refused(String id, String model, String version, Arrival arrival, InferenceException error,
            int httpStatus) {
        // nobody reads it
    }
}
