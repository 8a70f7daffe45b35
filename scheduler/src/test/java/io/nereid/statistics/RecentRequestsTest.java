package io.nereid.statistics;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

class RecentRequestsTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long MINUTE = 60 * SECOND;

    private final ModelStatistics statistics = new ModelStatistics(InstantSource.fixed(Instant.EPOCH));
    private final InstanceStatistics instance = statistics.instance("m_0", ModelStatistics.NO_GPU);
    private long now = Long.MAX_VALUE - SECOND; // a monotonic clock may pass its largest value
    private RecentRequests recent;

    @BeforeEach
    void keep() {
        recent = new RecentRequests(() -> now);
        statistics.keepRecent(recent);
    }

    @Test
    void recordSuccess_kept_hasItsArrivalAndTimes() {
        now += 5 * SECOND;
        instance.recordSuccess(3, 100, 10, 20, 30);
        instance.recordStreamed(0, 1, 2, 3, 4);
        instance.recordComposed(2, 70, 1, 2, 3, true);

        assertThat(recent.requests()).containsExactly(new RecentRequest(now - 160, 3, 100, 60),
                new RecentRequest(now - 10, 1, 1, 9), new RecentRequest(now - 70, 2, 0, 70));
    }

    @Test
    void requests_longerThanAMinuteAgo_areNone() {
        instance.recordSuccess(1, 0, 0, 0, 0);
        now += MINUTE;
        assertThat(recent.requests()).hasSize(1);
        now++;
        assertThat(recent.requests()).isEmpty();
    }

    @Test
    void requests_moreThanThereIsRoomFor_areTheLastOnes() {
        for (int i = 0; i < RecentRequests.CAPACITY + 5; i++) {
            instance.recordSuccess(1, i, 0, 0, 0);
        }
        assertThat(recent.requests()).hasSize(RecentRequests.CAPACITY).first()
                .extracting(RecentRequest::queueNanos).isEqualTo(5L);
    }

    @Test
    void recordSuccess_nobodyHasAskedForTenMinutes_keepsNoMore() {
        now += 10 * MINUTE + 1;
        instance.recordSuccess(1, 0, 0, 0, 0);
        instance.recordSuccess(1, 0, 0, 0, 0);
        assertThat(recent.requests()).as("the one that found out").hasSize(1);

        statistics.keepRecent(recent);
        instance.recordSuccess(1, 0, 0, 0, 0);
        assertThat(recent.requests()).hasSize(2);
    }

    @Test
    void keepRecent_null_keepsNone() {
        statistics.keepRecent(null);
        instance.recordSuccess(1, 0, 0, 0, 0);
        assertThat(recent.requests()).isEmpty();
    }

    @Test
    void requests_ofTheStatistics_agreeWithTheSnapshot() {
        instance.recordSuccess(1, 0, 0, 0, 0);
        statistics.instance("m_1", 1).recordSuccess(1, 0, 0, 0, 0);
        statistics.recordCacheHit(7);
        statistics.recordFailure(FailureReason.BACKEND, 1);
        statistics.recordRejection(Rejection.QUEUE_FULL);
        instance.close();

        RequestCounts counts = statistics.requests();
        assertThat(counts.answered()).isEqualTo(3).isEqualTo(statistics.snapshot().success().count());
        assertThat(counts.failed()).isEqualTo(1);
        assertThat(counts.ended()).isEqualTo(4);
        assertThat(counts.rejected()).isEqualTo(Map.of(Rejection.QUEUE_FULL, 1L));
    }
}
