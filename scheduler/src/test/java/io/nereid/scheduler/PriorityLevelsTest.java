package io.nereid.scheduler;

import io.nereid.scheduler.QueuePolicy.TimeoutAction;
import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PriorityLevelsTest {
    private static final QueuePolicy SHORT = new QueuePolicy(TimeoutAction.REJECT, 0, false, 3);

    @Test
    void levelOf_noLevels_isZeroWhateverIsAsked() {
        assertThat(PriorityLevels.NONE.levelOf(0)).isZero();
        assertThat(PriorityLevels.NONE.levelOf(7)).isZero();
    }

    @Test
    void levelOf_askedLevelExists_isThatOneElseTheDefault() {
        PriorityLevels levels = new PriorityLevels(5, 3, QueuePolicy.UNLIMITED, Map.of());
        assertThat(levels.levelOf(1)).isEqualTo(1);
        assertThat(levels.levelOf(5)).isEqualTo(5);
        assertThat(levels.levelOf(0)).isEqualTo(3);
        assertThat(levels.levelOf(6)).isEqualTo(3);
        assertThat(levels.levelOf(-1)).as("an unsigned number beyond the signed ones").isEqualTo(3);
    }

    @Test
    void policy_ofALevel_isItsOwnElseTheDefault() {
        PriorityLevels levels = new PriorityLevels(2, 1, SHORT, Map.of(2L, QueuePolicy.UNLIMITED));
        assertThat(levels.policy(1)).isEqualTo(SHORT);
        assertThat(levels.policy(2)).isEqualTo(QueuePolicy.UNLIMITED);
        assertThat(PriorityLevels.of(SHORT).policy(0)).isEqualTo(SHORT);
    }

    @Test
    void of_policiesChangedLater_keepsWhatItWasGiven() {
        Map<Long, QueuePolicy> policies = new HashMap<>();
        PriorityLevels levels = new PriorityLevels(2, 1, QueuePolicy.UNLIMITED, policies);
        policies.put(1L, SHORT);
        assertThat(levels.policy(1)).isEqualTo(QueuePolicy.UNLIMITED);
    }

    @Test
    void of_defaultThatIsNoLevel_isRefused() {
        for (long level : new long[]{0, 3, -1}) {
            assertThatThrownBy(() -> new PriorityLevels(2, level, QueuePolicy.UNLIMITED, Map.of()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("defaultLevel: " + Long.toUnsignedString(level) + " (expected: from 1 to 2)");
        }
    }

    @Test
    void levelOf_asManyLevelsAsSixtyFourBitsCount_knowsEachOfThem() {
        PriorityLevels levels = new PriorityLevels(-1, 7, SHORT, Map.of(-1L, QueuePolicy.UNLIMITED));
        for (long level : new long[]{1, Long.MAX_VALUE, Long.MIN_VALUE, -2, -1}) {
            assertThat(levels.levelOf(level)).isEqualTo(level);
        }
        assertThat(levels.levelOf(0)).isEqualTo(7);
        assertThat(levels.policy(-1)).isEqualTo(QueuePolicy.UNLIMITED);
        assertThat(levels.policy(-2)).isEqualTo(SHORT);
        assertThat(new PriorityLevels(-1, -1, SHORT, Map.of()).levelOf(0)).isEqualTo(-1);
    }
}
