package io.nereid.server.grpc.http2;

import io.nereid.inference.FakeClock;
import io.netty.channel.embedded.EmbeddedChannel;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

class ConnectionTimersTest {
    private final FakeClock clock = new FakeClock();
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final List<String> done = new ArrayList<>();
    private boolean calls;

    private final class Actions implements ConnectionTimers.Actions {
        @Override
        public boolean hasCalls() {
            return calls;
        }

        @Override
        public void ping() {
            done.add("ping");
        }

        @Override
        public void closeGracefully(String why, @Nullable Duration grace) {
            done.add(why + " " + grace);
        }

        @Override
        public void closeAtOnce(String why) {
            done.add(why);
        }
    }

    @BeforeEach
    void freeze() {
        channel.freezeTime();
    }

    private ConnectionTimers start(ConnectionPolicy policy) {
        ConnectionTimers timers = new ConnectionTimers(policy, clock, channel.eventLoop(), new Actions());
        timers.start();
        return timers;
    }

    private void pass(Duration time) {
        clock.advance(time);
        channel.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
        channel.runScheduledPendingTasks();
    }

    @Test
    void handshake_thatDoesNotCome_ends() {
        start(Policies.DEFAULT);
        pass(Duration.ofSeconds(19));
        assertThat(done).isEmpty();
        pass(Duration.ofSeconds(1));
        assertThat(done).containsExactly("no handshake in time");
    }

    @Test
    void silence_isAskedAbout_andEndsWithoutAnAnswer() {
        ConnectionTimers timers = start(Policies.DEFAULT);
        timers.ready();
        pass(Duration.ofMinutes(9));
        timers.heard();
        pass(Duration.ofMinutes(9));
        assertThat(done).isEmpty();
        pass(Duration.ofMinutes(1));
        assertThat(done).containsExactly("ping");
        pass(Duration.ofSeconds(20));
        assertThat(done).containsExactly("ping", "keep-alive failed");
    }

    @Test
    void silence_thatIsAnswered_isAskedAboutAgain() {
        ConnectionTimers timers = start(Policies.DEFAULT);
        timers.ready();
        for (int i = 1; i <= 3; i++) {
            pass(Duration.ofMinutes(10));
            assertThat(done).hasSize(i).containsOnly("ping");
            timers.heard();
            pass(Duration.ofSeconds(20));
        }
    }

    @Test
    void connection_withoutACall_ends_andNotWhileThereIsOne() {
        ConnectionTimers timers = start(Policies.DEFAULT);
        timers.ready();
        calls = true;
        pass(Duration.ofMinutes(90));
        calls = false;
        timers.idle();
        pass(Duration.ofMinutes(59));
        assertThat(done).doesNotContain("max_idle null");
        pass(Duration.ofMinutes(1));
        assertThat(done).contains("max_idle null");
    }

    @Test
    void age_endsWithItsGrace() {
        start(Policies.of(Optional.of(Duration.ofSeconds(5)), Optional.of(Duration.ofSeconds(3)))).ready();
        pass(Duration.ofSeconds(5));
        assertThat(done).containsExactly("max_age PT3S");
    }

    @Test
    void stop_leavesNoTimer() {
        ConnectionTimers timers = start(Policies.of(Optional.of(Duration.ofSeconds(5)), Optional.empty()));
        timers.stop();
        pass(Duration.ofDays(1));
        assertThat(done).isEmpty();
    }
}
