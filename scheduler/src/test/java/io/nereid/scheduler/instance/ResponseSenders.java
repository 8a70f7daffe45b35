package io.nereid.scheduler.instance;

import io.nereid.inference.Requests;
import io.nereid.inference.ResponseListener;
import io.nereid.scheduler.BatchKey;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.scheduler.QueuedRequests;
import io.nereid.statistics.ModelStatistics;

import java.time.InstantSource;

/** Senders for tests without a scheduler. */
public final class ResponseSenders {
    private ResponseSenders() {}

    /** A sender to {@code listener}, of a request that nobody can cancel. */
    public static ResponseSender to(ResponseListener listener) {
        QueuedRequest request = new QueuedRequest(Requests.of("r"), listener, BatchKey.ANY, 0,
                QueuedRequests::nobodyCancels);
        InstanceEnvironment environment = new InstanceEnvironment(true, new ModelStatistics(InstantSource.system()),
                () -> 0, (culprit, defect) -> {
                    throw new AssertionError(culprit, defect);
                });
        return new ResponseSender(request, request.listener(), environment, new OpenSenders(), 0);
    }
}
