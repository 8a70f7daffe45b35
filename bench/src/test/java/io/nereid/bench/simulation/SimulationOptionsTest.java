package io.nereid.bench.simulation;

import io.nereid.scheduler.BatchPolicy;
import io.nereid.simulation.ArrivalPattern;
import io.nereid.simulation.LinearService;
import io.nereid.simulation.Setup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SimulationOptionsTest {
    private static final long MILLIS = 1_000_000;
    private static final long SECOND = 1000 * MILLIS;

    @Test
    void parse_nothing_isADynamicBatcherUnderPoissonLoad() {
        Setup setup = SimulationOptions.parse();

        assertThat(setup.arrivals()).isEqualTo(new ArrivalPattern.Poisson(160));
        assertThat(setup.batching()).isEqualTo(new BatchPolicy(32, List.of(), 0));
        assertThat(setup.durationNanos()).isEqualTo(600 * SECOND);
    }

    @Test
    void parse_everything_isTaken() {
        Setup setup = SimulationOptions.parse("--arrivals=bursty:100,20,30", "--rows=2-3", "--seconds=7",
                "--warmup=0.5",
                "--seed=9", "--service=1,0.25", "--jitter=0.1", "--instances=2", "--max-batch-size=16",
                "--preferred=4,8", "--delay=0.3", "--timeout=40", "--max-queue-size=99", "--target-p99=12.5",
                "--deadline=33");

        assertThat(setup.arrivals()).isEqualTo(new ArrivalPattern.Bursty(100, 20 * MILLIS, 30 * MILLIS));
        assertThat(setup.minRows()).isEqualTo(2);
        assertThat(setup.maxRows()).isEqualTo(3);
        assertThat(setup.durationNanos()).isEqualTo(7 * SECOND);
        assertThat(setup.warmupNanos()).isEqualTo(SECOND / 2);
        assertThat(setup.seed()).isEqualTo(9);
        assertThat(setup.service()).isEqualTo(new LinearService(MILLIS, MILLIS / 4, 0.1));
        assertThat(setup.instances()).isEqualTo(2);
        assertThat(setup.batching()).isEqualTo(new BatchPolicy(16, List.of(4, 8), 300_000));
        assertThat(setup.queuePolicy().defaultTimeoutNanos()).isEqualTo(40 * MILLIS);
        assertThat(setup.queuePolicy().maxQueueSize()).isEqualTo(99);
        assertThat(setup.targetNanos()).isEqualTo(12_500_000);
        assertThat(setup.deadlineNanos()).isEqualTo(33 * MILLIS);
    }

    @Test
    void parse_noDeadline_isTheTimeoutElseTheTarget() {
        assertThat(SimulationOptions.parse("--timeout=40", "--target-p99=20").deadlineNanos()).isEqualTo(40 * MILLIS);
        assertThat(SimulationOptions.parse("--target-p99=20").deadlineNanos()).isEqualTo(20 * MILLIS);
    }

    @Test
    void parse_otherPatterns_areTaken() {
        assertThat(SimulationOptions.parse("--arrivals=constant:5").arrivals())
                .isEqualTo(new ArrivalPattern.Constant(5));
        assertThat(SimulationOptions.parse("--arrivals=step:5,50,3").arrivals())
                .isEqualTo(new ArrivalPattern.Step(5, 50, 3 * SECOND));
        assertThat(SimulationOptions.parse("--arrivals=closed:8,2").arrivals())
                .isEqualTo(new ArrivalPattern.ClosedLoop(8, 2 * MILLIS));
    }

    @Test
    void parse_replay_readsTheFile(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("times"), "0.5\n\n1.25\n");

        assertThat(SimulationOptions.parse("--arrivals=replay:" + file).arrivals())
                .isEqualTo(new ArrivalPattern.Replay(List.of(SECOND / 2, SECOND + SECOND / 4)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"--nonsense=1 | which are no options", "sim | expected --name=value",
            "--arrivals=often | expected constant:", "--arrivals=poisson:0 | above 0",
            "--arrivals=bursty:1,2 | expected 3",
            "--arrivals=replay:/nowhere/at/all | cannot read", "--instances=0 | whole number from 1",
            "--delay=-1 | a number from 0", "--service=5 | expected FIXED,ROW", "--rows=4-2 | whole number from 4"})
    void parse_wrong_saysWhatIsExpected(String argument, String said) {
        assertThatThrownBy(() -> SimulationOptions.parse(argument)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(said);
    }
}
