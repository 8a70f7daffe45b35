package io.nereid.server.ensemble;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class StepLimitTest {
    @Test
    void enter_overTheLimit_waitsInOrder() {
        List<Integer> started = new ArrayList<>();
        StepLimit limit = new StepLimit(2);
        for (int i = 0; i < 5; i++) {
            int number = i;
            limit.enter(() -> started.add(number));
        }
        assertThat(started).containsExactly(0, 1);
        limit.ended();
        limit.ended();
        assertThat(started).containsExactly(0, 1, 2, 3);
        assertThat(limit.waiting()).isEqualTo(1);
    }

    @Test
    void enter_withoutLimit_runsAtOnce() {
        List<Integer> started = new ArrayList<>();
        StepLimit limit = new StepLimit(0);
        for (int i = 0; i < 100; i++) {
            limit.enter(() -> started.add(1));
        }
        assertThat(started).hasSize(100);
        assertThat(limit.withdraw(() -> started.add(2))).isFalse();
    }

    @Test
    void withdraw_whatWaits_neverStarts() {
        List<Integer> started = new ArrayList<>();
        Runnable waiting = () -> started.add(2);
        StepLimit limit = new StepLimit(1);
        limit.enter(() -> started.add(1));
        limit.enter(waiting);
        assertThat(limit.withdraw(waiting)).isTrue();
        assertThat(limit.withdraw(waiting)).isFalse();
        limit.ended();
        assertThat(started).containsExactly(1);
    }

    @Test
    void ended_withinStarts_doesNotNest() {
        int requests = 20_000;
        List<Integer> started = new ArrayList<>();
        StepLimit limit = new StepLimit(1);
        limit.enter(() -> {
        });
        for (int i = 0; i < requests; i++) {
            limit.enter(() -> {
                started.add(1);
                limit.ended(); // it failed at once
            });
        }
        limit.ended();
        assertThat(started).hasSize(requests);
    }
}
