package io.nereid.server.grpc.http2;

import io.nereid.inference.FakeClock;
import org.junit.jupiter.api.Test;

import java.time.Duration;

import static org.assertj.core.api.Assertions.assertThat;

class PingLimitTest {
    private final FakeClock clock = new FakeClock();
    private final PingLimit limit = new PingLimit(Policies.DEFAULT, clock);

    @Test
    void pings_tooOften_areToleratedTwice() {
        assertThat(limit.permits(true)).as("the first").isTrue();
        assertThat(limit.permits(true)).isTrue();
        assertThat(limit.permits(true)).isTrue();
        assertThat(limit.permits(true)).isFalse();
    }

    @Test
    void pings_asFarApartAsIsAsked_neverEnd() {
        for (int i = 0; i < 100; i++) {
            assertThat(limit.permits(true)).isTrue();
            clock.advance(Duration.ofMinutes(5));
        }
    }

    @Test
    void pings_withoutACall_mustBeFurtherApart() {
        for (int i = 0; i < 3; i++) {
            assertThat(limit.permits(false)).isTrue();
            clock.advance(Duration.ofMinutes(5));
        }
        assertThat(limit.permits(false)).isFalse();
        clock.advance(Duration.ofHours(2));
        assertThat(limit.permits(false)).isTrue();
    }

    @Test
    void pings_afterWhatTheServerSent_areInOrder() {
        for (int i = 0; i < 100; i++) {
            assertThat(limit.permits(false)).isTrue();
            limit.sent();
        }
    }
}
