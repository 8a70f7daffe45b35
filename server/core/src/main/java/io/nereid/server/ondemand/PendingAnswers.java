package io.nereid.server.ondemand;

import io.nereid.inference.InferenceException;

import java.util.ArrayList;
import java.util.List;

/** What was decided under the lock of {@link OnDemandModels}, and is told when that is released. For one thread. */
final class PendingAnswers {
    private final OnDemandMeter meter;
    private final List<Runnable> answers = new ArrayList<>();

    PendingAnswers(OnDemandMeter meter) {
        this.meter = meter;
    }

    void add(Runnable answer) {
        answers.add(answer);
    }

    /** Refuses requests that wait no longer. */
    void refuse(List<WaitingRequest> requests, InferenceException error) {
        for (WaitingRequest request : requests) {
            meter.refused();
            answers.add(() -> request.waiter.refused(error));
        }
    }

    /** Without the lock. */
    void tell() {
        answers.forEach(Runnable::run);
    }
}
