package io.nereid.server.telemetry;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

class SlowestRequestsTest {
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

    private long now = Long.MAX_VALUE - MINUTE; // a monotonic clock may pass its largest value
    private final SlowestRequests slowest = new SlowestRequests(() -> now);

    @Test
    void find_nobodyHasAsked_isNothing() {
        assertThat(slowest.isOn()).isFalse();
        assertThat(slowest.find("m", 1)).isNull();
    }

    @Test
    void find_asked_isOfThatVersionOnly() {
        assertThat(slowest.of("m", 1)).isEmpty();

        assertThat(slowest.isOn()).isTrue();
        assertThat(slowest.find("m", 1)).isNotNull();
        assertThat(slowest.find("m", 2)).isNull();
        assertThat(slowest.find("n", 1)).isNull();
    }

    @Test
    void isOn_nobodyHasAskedForTenMinutes_isOffAndNothingIsKept() {
        slowest.watch("m", 1);
        end(7);
        now += 10 * MINUTE;
        assertThat(slowest.isOn()).isTrue();
        now++;
        assertThat(slowest.isOn()).isFalse();
        assertThat(slowest.find("m", 1)).isNull();
        assertThat(slowest.of("m", 1)).isEmpty();
    }

    @Test
    void watch_moreVersionsThanAreKept_thoseAskedForLongestAgoAreGivenUp() {
        slowest.watch("first", 1);
        slowest.watch("second", 1);
        for (int i = 2; i < SlowestRequests.MOST_VERSIONS; i++) {
            slowest.watch("m", i);
        }
        slowest.watch("first", 1);
        slowest.watch("one more", 1);

        assertThat(slowest.find("second", 1)).isNull();
        assertThat(slowest.find("first", 1)).isNotNull();
        assertThat(slowest.find("one more", 1)).isNotNull();
    }

    @Test
    void of_manyRequests_areTheSlowestFirst() {
        slowest.watch("m", 1);
        for (int i = 0; i < 1000; i++) {
            end(i * 7 % 1000);
        }

        assertThat(slowest.of("m", 1)).hasSize(SlowestOfVersion.MOST).extracting(SlowRequest::totalNanos)
                .first().isEqualTo(999L);
        assertThat(slowest.of("m", 1)).extracting(SlowRequest::totalNanos).last().isEqualTo(950L);
    }

    @Test
    void isSlow_minuteIsFull_onlyWhatIsSlowerThanItsFastest() {
        slowest.watch("m", 1);
        SlowestOfVersion ofVersion = find();
        for (int i = 1; i <= SlowestOfVersion.MOST; i++) {
            assertThat(ofVersion.isSlow(now, 0)).as("there is room").isTrue();
            end(100 + i);
        }

        assertThat(ofVersion.isSlow(now, 101)).isFalse();
        assertThat(ofVersion.isSlow(now, 102)).isTrue();
        assertThat(ofVersion.isSlow(now + MINUTE, 1)).as("another minute").isTrue();
    }

    @Test
    void of_slowMinuteHasPassedTenMinutesAgo_whatCameAfterIsThere() {
        slowest.watch("m", 1);
        for (int i = 0; i < SlowestOfVersion.MOST; i++) {
            end(1_000_000 + i);
        }
        now += 2 * MINUTE;
        end(5);
        assertThat(slowest.of("m", 1)).extracting(SlowRequest::totalNanos).doesNotContain(5L);
        now += 8 * MINUTE;
        assertThat(slowest.of("m", 1)).extracting(SlowRequest::totalNanos).containsExactly(5L);
    }

    private SlowestOfVersion find() {
        return Objects.requireNonNull(slowest.find("m", 1));
    }

    private void end(long totalNanos) {
        if (find().isSlow(now, totalNanos)) {
            find().add(now, new SlowRequest("", now - totalNanos, totalNanos, 1, "ok", List.of()));
        }
    }
}
