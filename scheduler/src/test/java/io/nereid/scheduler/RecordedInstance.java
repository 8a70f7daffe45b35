package io.nereid.scheduler;

import java.util.ArrayList;
import java.util.List;

/**
 * An idle instance, for tests of a queue without a scheduler.
 *
 * @param batch what the queue gives it to run
 */
public record RecordedInstance(int number, int maxRows, List<QueuedRequest> batch) implements IdleInstance {
    /** One that has nothing to run yet. */
    public RecordedInstance(int number, int maxRows) {
        this(number, maxRows, new ArrayList<>());
    }
}
