package io.nereid.simulation;

import io.nereid.scheduler.BatchPolicy;
import io.nereid.scheduler.QueuePolicy;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

import static io.nereid.simulation.Setups.MILLIS;
import static io.nereid.simulation.Setups.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

/** The tuner against the best fixed setting, and after steps in load. */
class TunerTest {
    private static final ServiceLaw SERVICE = new LinearService(20 * MILLIS, MILLIS, 0.03);
    private static final long TARGET = 80 * MILLIS;
    /** Two batches of 20 fill the target, less what the jitter takes. */
    private static final double CAPACITY = 480;

    @ParameterizedTest
    @CsvSource({"constant, 0.8", "constant, 1.6", "poisson, 0.8", "poisson, 1.6", "bursty, 0.8", "bursty, 1.6"})
    void tuner_patternAndLoad_isWithinFivePercentOfTheBestFixedSetting(String pattern, double load) {
        Setup setup = setup(pattern(pattern, load * CAPACITY), 22);
        Report tuned = Simulation.run(setup.withTarget(TARGET));
        FixedSettings.Tried best = FixedSettings.best(setup, TARGET).orElseThrow();

        assertThat(tuned.latency(0.99)).as("p99").isLessThanOrEqualTo(TARGET);
        assertThat(tuned.throughput()).as("beside %s", best.setup())
                .isGreaterThanOrEqualTo(0.95 * best.report().throughput());
    }

    @ParameterizedTest
    @CsvSource({"0.02, 0.8", "0.3, 1.2", "0.3, 2", "0.3, 5", "0.02, 5", "3, 0.5"})
    void tuner_stepInLoad_noTwoSecondsInARowBeyondTheTarget(double before, double after) {
        ArrivalPattern step = new ArrivalPattern.Step(before * CAPACITY, after * CAPACITY, 10 * SECOND);
        Report report = Simulation.run(setup(step, 30).withTarget(TARGET));

        for (int second = 1; second < 30; second++) {
            long better = Math.min(report.p99OfSecond(second - 1), report.p99OfSecond(second));
            assertThat(better).as("p99 of seconds %d and %d", second - 1, second).isLessThanOrEqualTo(TARGET);
        }
        assertThat(report.p99OfSecond(29)).isPositive();
    }

    private static Setup setup(ArrivalPattern arrivals, int seconds) {
        return new Setup(arrivals, 1, 1, SERVICE, 1, new BatchPolicy(32, List.of(), 0), QueuePolicy.UNLIMITED, 0,
                TARGET,
                2 * SECOND, seconds * SECOND, 1);
    }

    private static ArrivalPattern pattern(String name, double rate) {
        return switch (name) {
            case "constant" -> new ArrivalPattern.Constant(rate);
            case "poisson" -> new ArrivalPattern.Poisson(rate);
            default -> new ArrivalPattern.Bursty(2 * rate, 400 * MILLIS, 400 * MILLIS);
        };
    }
}
