package io.nereid.server.inference;

import io.nereid.statistics.Rejection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class RefusalLogTest {
    private final Map<String, Map<Rejection, Long>> counts = new HashMap<>();
    private final List<String> lines = new ArrayList<>();
    private long now = 100;
    private final RefusalLog log = new RefusalLog(() -> counts, () -> now, lines::add);

    @AfterEach
    void close() {
        log.close();
    }

    @Test
    void look_firstRefusals_areToldAtOnceWithTheirReasons() {
        counts.put("model 'm' version 1", Map.of(Rejection.QUEUE_FULL, 120L, Rejection.TIMEOUT, 3L,
                Rejection.CANCELLED, 9L));
        log.look();
        assertThat(lines)
                .containsExactly("model 'm' version 1 has refused 123 requests: 120 because the queue was full,"
                        + " 3 because the answer came too late or would have");
    }

    @Test
    void look_moreWithinTheMinute_areToldWhenItIsOver() {
        counts.put("m", Map.of(Rejection.OVERLOAD, 1L));
        log.look();
        counts.put("m", Map.of(Rejection.OVERLOAD, 5L));
        now += Duration.ofSeconds(59).toNanos();
        log.look();
        assertThat(lines).hasSize(1);
        counts.put("m", Map.of(Rejection.OVERLOAD, 6L));
        now += Duration.ofSeconds(1).toNanos();
        log.look();
        log.look();
        assertThat(lines).hasSize(2).last().isEqualTo(
                "m has refused 5 requests: 5 because too much was in flight on the whole server");
    }

    @Test
    void look_clientsThatGiveUp_areNoRefusals() {
        counts.put("m", Map.of(Rejection.CANCELLED, 7L, Rejection.TIMEOUT, 0L));
        log.look();
        assertThat(lines).isEmpty();
    }

    @Test
    void look_modelLoadedAnew_countsFromZero() {
        counts.put("m", Map.of(Rejection.TIMEOUT, 50L));
        log.look();
        counts.put("m", Map.of(Rejection.TIMEOUT, 2L));
        now += Duration.ofMinutes(1).toNanos();
        log.look();
        assertThat(lines).last().isEqualTo(
                "m has refused 2 requests: 2 because the answer came too late or would have");
    }
}
