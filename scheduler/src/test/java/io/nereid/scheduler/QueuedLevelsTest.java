package io.nereid.scheduler;

import io.nereid.inference.InferenceRequest;
import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;

/** What is counted of each priority level, and what that says of a request that would come. */
class QueuedLevelsTest {
    private static final int COUNT = 100;

    private final QueuedLevels levels = new QueuedLevels(new PriorityLevels(COUNT, 2, QueuePolicy.UNLIMITED, Map.of()));

    private static InferenceRequest request(long level) {
        return QueuedRequests.asking("r", 1, level, 0);
    }

    private BatchQueueEntry enter(long level, int rows) {
        InferenceRequest request = request(level);
        BatchQueueEntry entry = (BatchQueueEntry) QueuedRequests.of(request, 0);
        entry.rows = rows;
        entry.level = levels.of(request);
        entry.level.entered(entry);
        return entry;
    }

    private void leave(BatchQueueEntry entry) {
        levels.left(Objects.requireNonNull(entry.level), entry);
    }

    @Test
    void rowsAhead_higherLevelsAndOwn_areCounted() {
        enter(3, 4);
        enter(1, 1);
        BatchQueueEntry second = enter(2, 2);
        assertThat(levels.rowsAhead(request(1))).isEqualTo(1);
        assertThat(levels.rowsAhead(request(2))).isEqualTo(3);
        assertThat(levels.rowsAhead(request(3))).isEqualTo(7);
        leave(second);
        assertThat(levels.rowsAhead(request(3))).isEqualTo(5);
    }

    @Test
    void rowsAhead_noLevelAskedFor_isThatOfTheDefault() {
        enter(2, 2);
        assertThat(levels.rowsAhead(request(0))).isEqualTo(2);
        assertThat(levels.of(request(0))).isSameAs(levels.of(request(2)));
    }

    @Test
    void rowsAhead_lateRequests_areAheadOfLowerLevelsOnly() {
        BatchQueueEntry late = enter(2, 2);
        Objects.requireNonNull(late.level).delayed(late);
        assertThat(levels.rowsAhead(request(2))).isZero();
        assertThat(levels.rowsAhead(request(3))).isEqualTo(2);
        leave(late);
        enter(2, 5);
        assertThat(levels.rowsAhead(request(2))).isEqualTo(5);
    }

    @Test
    void left_manyEmptyLevels_areForgottenAndComeAgain() {
        for (int level = 1; level <= COUNT; level++) {
            leave(enter(level, 1));
        }
        BatchQueueEntry again = enter(COUNT, 3);
        assertThat(levels.rowsAhead(request(COUNT))).isEqualTo(3);
        leave(again);
        assertThat(levels.rowsAhead(request(COUNT))).isZero();
    }
}
