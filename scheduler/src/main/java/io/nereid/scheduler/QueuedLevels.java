package io.nereid.scheduler;

import io.nereid.inference.InferenceRequest;

import java.util.ArrayList;

/**
 * How many requests and rows are queued of each priority level, in the order of the levels; only those are kept that
 * have requests, and some that had. Guarded by the scheduler's lock.
 */
final class QueuedLevels {
    private static final int MAX_EMPTY_LEVELS = 64;

    private final PriorityLevels priorities;
    private final ArrayList<PriorityLevel> levels = new ArrayList<>(1);

    /** Nothing is queued. */
    QueuedLevels(PriorityLevels priorities) {
        this.priorities = priorities;
    }

    /** The level of a request that is not queued yet. */
    PriorityLevel of(InferenceRequest request) {
        long number = number(request);
        int index = levels.size();
        while (index > 0 && Long.compareUnsigned(levels.get(index - 1).number, number) >= 0) {
            index--;
        }
        if (index < levels.size() && levels.get(index).number == number) {
            return levels.get(index);
        }
        PriorityLevel level = new PriorityLevel(number, priorities.policy(number));
        levels.add(index, level);
        return level;
    }

    private long number(InferenceRequest request) {
        return priorities.levelOf(request.options().priority());
    }

    /** The policy of the level that a request has. */
    QueuePolicy policy(InferenceRequest request) {
        return priorities.policy(number(request));
    }

    /** The request has left its level; one that is empty goes where there are many. */
    void left(PriorityLevel level, BatchQueueEntry request) {
        level.left(request);
        if (level.isEmpty() && levels.size() > MAX_EMPTY_LEVELS) {
            levels.remove(level);
        }
    }

    /** Rows of the requests that are served before this one: of higher levels, and of its own those in time. */
    long rowsAhead(InferenceRequest request) {
        long level = number(request);
        long ahead = 0;
        for (int i = 0; i < levels.size() && Long.compareUnsigned(levels.get(i).number, level) <= 0; i++) {
            PriorityLevel each = levels.get(i);
            ahead += each.number == level ? each.rowsInTime() : each.rows();
        }
        return ahead;
    }
}
