package io.nereid.perf.measure;

import io.nereid.perf.measure.FakeLoad.Behaviour;
import io.nereid.perf.measure.FakeLoad.FakeClock;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

class MeasurementTest {
    private static final LoadLevel LEVEL = new LoadLevel(new Load.Concurrency(4), Protocol.HTTP, SharedMemory.NONE);
    private static final double FOR_EVER = 1e6;
    private static final long MILLI = 1_000_000;

    private final FakeClock clock = new FakeClock();
    private final List<FakeLoad> loads = new ArrayList<>();
    private final List<Integer> windowsSeen = new ArrayList<>();

    private record Steady(int perSecond, long latencyNanos) implements Behaviour {
        @Override
        public int perSecond(double second) {
            return perSecond;
        }

        @Override
        public long latencyNanos(double second) {
            return latencyNanos;
        }
    }

    /** Slow in the first seconds, then steady. */
    private record WarmingUp(double untilSecond) implements Behaviour {
        @Override
        public int perSecond(double second) {
            return second < untilSecond ? 10 + (int) (10 * second) : 400;
        }

        @Override
        public long latencyNanos(double second) {
            return second < untilSecond ? 100 * MILLI : 10 * MILLI;
        }
    }

    private static MeasurementOptions options(int windowSeconds, int maxWindows, long warmup, long count) {
        return new MeasurementOptions(Duration.ofSeconds(windowSeconds), 10, maxWindows, OptionalDouble.empty(), warmup,
                count);
    }

    private Measured<Long> measure(MeasurementOptions options, Behaviour behaviour, double seconds)
            throws IOException, InterruptedException, NoAnswerException {
        Measurement measurement = new Measurement(options, (_, window, _) -> windowsSeen.add(window), clock,
                () -> clock.getAsLong() / 1e9 / 4);
        return measurement.measure(LEVEL, 2, _ -> {
            loads.add(new FakeLoad(clock, behaviour, seconds));
            return loads.getLast();
        }, clock::getAsLong);
    }

    @Test
    void steadyLoad_isMeasuredInThreeWindows() throws Exception {
        Result result = measure(options(5, 10, 0, 0), new Steady(100, MILLI), FOR_EVER).result();
        assertThat(result.stable()).isTrue();
        assertThat(result.seconds()).isCloseTo(15, within(1e-6));
        assertThat(result.requests()).isEqualTo(1500);
        assertThat(result.inferencesPerSecond()).isCloseTo(200, within(1e-6));
        assertThat(result.clientProcessorSeconds()).isCloseTo(15.0 / 4, within(1e-6));
        assertThat(result.sample().late()).isEqualTo(15);
        assertThat(result.course()).hasSize(15);
        assertThat(loads).allMatch(load -> load.closed);
    }

    @Test
    void warmingLoad_isMeasuredFromWhereItHoldsStill() throws Exception {
        Measured<Long> measured = measure(options(5, 10, 0, 0), new WarmingUp(10), FOR_EVER);
        Result result = measured.result();
        assertThat(result.stable()).isTrue();
        assertThat(result.latencies().percentileNanos(100)).isEqualTo(10 * MILLI);
        assertThat(result.requests()).isEqualTo(3 * 5 * 400);
        assertThat(measured.after() - measured.before()).as("what the server is asked for is of the same time")
                .isEqualTo(15 * 1000 * MILLI);
        assertThat(result.course().getFirst().latencies().percentileNanos(50)).isEqualTo(100 * MILLI);
        assertThat(windowsSeen).startsWith(1, 1, 1, 1, 1, 2).endsWith(5);
    }

    @Test
    void restlessLoad_endsAfterTheLastWindow_andSaysSo() throws Exception {
        Behaviour restless = new Behaviour() {
            @Override
            public int perSecond(double second) {
                return (int) second / 2 % 2 == 0 ? 100 : 200;
            }

            @Override
            public long latencyNanos(double second) {
                return MILLI;
            }
        };
        Result result = measure(options(2, 4, 0, 0), restless, FOR_EVER).result();
        assertThat(result.stable()).isFalse();
        assertThat(result.seconds()).isCloseTo(6, within(1e-6));
        assertThat(result.course()).hasSize(8);
    }

    @Test
    void shortWindows_areOneSliceEach() throws Exception {
        Measurement measurement = new Measurement(new MeasurementOptions(Duration.ofMillis(200), 10, 10,
                OptionalDouble.of(99), 0, 0), (_, _, _) -> {
                }, clock, () -> 0);
        Result result = measurement.measure(LEVEL, 1, _ -> new FakeLoad(clock, new Steady(1000, MILLI), FOR_EVER),
                () -> 0).result();
        assertThat(result.course()).hasSize(3).allMatch(slice -> Math.abs(slice.seconds() - 0.2) < 1e-6);
    }

    @Test
    void requestCount_isMeasuredToItsEnd_afterTheWarmUp() throws Exception {
        Result result = measure(options(5, 10, 50, 230), new Steady(100, MILLI), 2.3).result();
        assertThat(loads).hasSize(2).allMatch(load -> load.closed);
        assertThat(windowsSeen).startsWith(0).contains(1);
        assertThat(result.requests()).isEqualTo(230);
        assertThat(result.seconds()).isCloseTo(2.3, within(1e-6));
        assertThat(result.stable()).isTrue();
    }

    @Test
    void errorsOnly_endTheLevelAfterOneWindow() throws Exception {
        Result result = measure(options(5, 10, 0, 0), new Steady(-7, MILLI), FOR_EVER).result();
        assertThat(result.requests()).isZero();
        assertThat(result.errors()).isEqualTo(35);
        assertThat(result.sample().errorTexts()).containsExactly("refused");
        assertThat(result.stable()).isFalse();
    }

    @Test
    void silence_isGivenUpAfterAMinute() {
        assertThatExceptionOfType(NoAnswerException.class)
                .isThrownBy(() -> measure(options(5, 100, 0, 0), new Steady(0, MILLI), FOR_EVER))
                .withMessage("no request was answered for 60 s");
        assertThat(loads).allMatch(load -> load.closed);
    }
}
