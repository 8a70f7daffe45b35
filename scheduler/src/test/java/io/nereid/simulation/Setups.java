package io.nereid.simulation;

import io.nereid.scheduler.BatchPolicy;
import io.nereid.scheduler.QueuePolicy;

import java.util.List;

/** Simulations for tests. */
final class Setups {
    static final long MILLIS = 1_000_000;
    static final long SECOND = 1000 * MILLIS;
    /** A model whose cost is mostly per call. */
    static final ServiceLaw PER_CALL = new LinearService(5 * MILLIS, MILLIS / 20, 0);

    private Setups() {}

    static Setup of(ArrivalPattern arrivals, int maxBatchSize, int seconds) {
        return new Setup(arrivals, 1, 1, PER_CALL, 1, new BatchPolicy(maxBatchSize, List.of(), 0),
                QueuePolicy.UNLIMITED,
                0, 0, SECOND, seconds * SECOND, 1);
    }

    static QueuePolicy timeout(long nanos) {
        return new QueuePolicy(QueuePolicy.TimeoutAction.REJECT, nanos, false, 0);
    }
}
