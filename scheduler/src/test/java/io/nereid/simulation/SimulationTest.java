package io.nereid.simulation;

import io.nereid.scheduler.BatchPolicy;
import io.nereid.scheduler.QueuePolicy;
import org.junit.jupiter.api.Test;

import java.util.List;

import static io.nereid.simulation.Setups.MILLIS;
import static io.nereid.simulation.Setups.PER_CALL;
import static io.nereid.simulation.Setups.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

class SimulationTest {
    @Test
    void run_sameSeed_sameReport() {
        Setup setup = Setups.of(new ArrivalPattern.Poisson(500), 8, 20)
                .withService(new LinearService(5 * MILLIS, MILLIS, 0.2)).withTarget(50 * MILLIS);

        assertThat(Simulation.run(setup).text()).isEqualTo(Simulation.run(setup).text());
    }

    /** A model may take as many rows as its configuration can say. */
    @Test
    void run_batchesOfAnySize_takesMemoryForThoseThatThereAre() {
        Setup setup = Setups.of(new ArrivalPattern.Replay(List.of(0L, MILLIS), List.of(1, Integer.MAX_VALUE)),
                Integer.MAX_VALUE, 20);
        Report report = Simulation
                .run(new Setup(setup.arrivals(), 1, Integer.MAX_VALUE, new LinearService(MILLIS, 0, 0), 1,
                        setup.batching(), setup.queuePolicy(), 0, 0, 0, 20 * SECOND, 1));

        assertThat(report.largestBatch()).isEqualTo(Integer.MAX_VALUE);
        assertThat(report.batchesOf(1)).isEqualTo(1);
    }

    @Test
    void run_otherSeed_otherReport() {
        Setup setup = Setups.of(new ArrivalPattern.Poisson(500), 8, 20);

        assertThat(Simulation.run(setup.withSeed(2)).text()).isNotEqualTo(Simulation.run(setup).text());
    }

    @Test
    void run_requestsFarApart_eachRunsAloneInItsServiceTime() {
        Report report = Simulation.run(Setups.of(new ArrivalPattern.Constant(10), 8, 20));

        assertThat(report.throughput()).isCloseTo(10, withPercentage(1));
        assertThat(report.latency(0.5)).isCloseTo(PER_CALL.meanNanos(1), withPercentage(1));
        assertThat(report.latency(0.99)).isCloseTo(PER_CALL.meanNanos(1), withPercentage(1));
        assertThat(report.meanBatch()).isEqualTo(1);
        assertThat(report.queueLengthMax).isEqualTo(1);
    }

    /** The M/D/1 queue: mean waiting time = load / (2 (1 - load)) service times; here its known median and p99. */
    @Test
    void run_poissonWithoutBatching_meetsTheoryOfTheQueue() {
        double service = PER_CALL.meanNanos(1) / 1e9;
        Report report = Simulation.run(Setups.of(new ArrivalPattern.Poisson(0.5 / service), 1, 4000));

        assertThat(report.shareWithin(PER_CALL.meanNanos(1))).as("those that find it idle").isBetween(0.49, 0.51);
    }

    @Test
    void run_poissonAtEightyPercentOfCapacity_batchingLowersTheP99() {
        ArrivalPattern arrivals = new ArrivalPattern.Poisson(0.8 * PER_CALL.capacity(1, 1));
        Report alone = Simulation.run(Setups.of(arrivals, 1, 600));
        Report batched = Simulation.run(Setups.of(arrivals, 32, 600));

        assertThat(batched.latency(0.99)).isLessThan(alone.latency(0.99) / 4);
        assertThat(batched.throughput()).isCloseTo(alone.throughput(), withPercentage(1));
    }

    @Test
    void run_twiceTheCapacityForTenMinutesWithTimeout_goodputStaysAndTheQueueIsFlat() {
        double capacity = PER_CALL.capacity(1, 32);
        Setup setup = Setups.of(new ArrivalPattern.Poisson(2 * capacity), 32, 600)
                .withQueuePolicy(Setups.timeout(50 * MILLIS))
                .withDeadline(50 * MILLIS);
        Report report = Simulation.run(setup);

        assertThat(report.goodput()).isGreaterThan(0.9 * capacity);
        assertThat(report.queueLengthMax).isLessThan((int) (2 * capacity * 0.05));
    }

    @Test
    void run_twiceTheCapacityWithoutPolicy_nobodyIsAnsweredInTime() {
        double capacity = PER_CALL.capacity(1, 32);
        Setup setup = Setups.of(new ArrivalPattern.Poisson(2 * capacity), 32, 10).withDeadline(50 * MILLIS);
        Report report = Simulation.run(setup);

        assertThat(report.goodput()).isLessThan(0.01 * capacity);
    }

    @Test
    void run_queueDelay_gathersRequests() {
        Setup setup = Setups.of(new ArrivalPattern.Constant(1000), 8, 20)
                .withBatching(new BatchPolicy(8, List.of(4), 20 * MILLIS));
        Report report = Simulation.run(setup);

        assertThat(report.batchesOf(4)).isPositive();
        assertThat(report.text()).contains("PREFERRED_SIZE");
    }

    @Test
    void run_fullQueue_refusesAndStaysAtItsSize() {
        Setup setup = Setups.of(new ArrivalPattern.Poisson(10_000), 8, 5)
                .withQueuePolicy(new QueuePolicy(QueuePolicy.TimeoutAction.REJECT, 0, false, 16));
        Report report = Simulation.run(setup);

        assertThat(report.queueLengthMax).isEqualTo(16);
        assertThat(report.queueFull).isPositive();
        assertThat(report.throughput()).isCloseTo(PER_CALL.capacity(1, 8), withPercentage(1));
    }

    @Test
    void run_twoInstances_twiceTheThroughput() {
        Setup setup = Setups.of(new ArrivalPattern.Poisson(10_000), 8, 5)
                .withQueuePolicy(new QueuePolicy(QueuePolicy.TimeoutAction.REJECT, 0, false, 32));

        assertThat(Simulation.run(setup.withInstances(2)).throughput())
                .isCloseTo(2 * Simulation.run(setup).throughput(), withPercentage(1));
    }

    @Test
    void run_closedLoop_asManyUnderWayAsThereAreClients() {
        Report report = Simulation.run(Setups.of(new ArrivalPattern.ClosedLoop(4, 0), 1, 20));

        assertThat(report.throughput()).isCloseTo(PER_CALL.capacity(1, 1), withPercentage(1));
        assertThat(report.latency(0.5)).isCloseTo(4 * PER_CALL.meanNanos(1), withPercentage(2));
    }

    @Test
    void run_replay_requestsComeAtTheirTimes() {
        List<Long> times = List.of(2 * SECOND, 2 * SECOND + 1, 2 * SECOND + 2);
        Report report = Simulation.run(Setups.of(new ArrivalPattern.Replay(times), 8, 5));

        assertThat(report.answers()).isEqualTo(3);
        assertThat(report.batchesOf(1)).as("the instance was idle").isEqualTo(1);
        assertThat(report.batchesOf(2)).isEqualTo(1);
    }

    @Test
    void run_replayWithRows_eachRequestHasItsOwn() {
        ArrivalPattern replay = new ArrivalPattern.Replay(List.of(2 * SECOND, SECOND, 2 * SECOND + 1),
                List.of(2, 5, 3));
        Setup setup = new Setup(replay, 1, 5, PER_CALL, 1, new BatchPolicy(8, List.of(5), SECOND),
                QueuePolicy.UNLIMITED, 0, 0, 0, 5 * SECOND, 1);
        Report report = Simulation.run(setup);

        assertThat(report.batchesOf(5)).as("the one of 5, and those of 2 and 3 together").isEqualTo(2);
        assertThat(report.executions()).isEqualTo(2);
        assertThat(report.answers()).isEqualTo(3);
    }

    @Test
    void run_requestsFarApart_queueIsEmptyAndTheInstanceMostlyIdle() {
        Report report = Simulation.run(Setups.of(new ArrivalPattern.Constant(10), 8, 20));

        assertThat(report.queueTime(0.99)).isZero();
        assertThat(report.utilisation()).isCloseTo(10 * PER_CALL.meanNanos(1) / 1e9, withPercentage(2));
        assertThat(report.notAnswered()).isZero();
    }

    @Test
    void run_twoAtOnce_theSecondWaitsForTheFirst() {
        Report report = Simulation.run(Setups.of(new ArrivalPattern.Replay(List.of(2 * SECOND, 2 * SECOND)), 1, 5));

        assertThat(report.queueTime(1)).isCloseTo(PER_CALL.meanNanos(1), withPercentage(1));
        assertThat(report.latency(1)).isCloseTo(2 * PER_CALL.meanNanos(1), withPercentage(1));
    }

    @Test
    void run_rowsVary_batchesCountRows() {
        Setup setup = new Setup(new ArrivalPattern.Poisson(5000), 1, 4, PER_CALL, 1,
                new BatchPolicy(16, List.of(), 0), Setups.timeout(50 * MILLIS), 0, 0, SECOND, 5 * SECOND, 1);
        Report report = Simulation.run(setup);

        assertThat(report.largestBatch()).isEqualTo(16);
        assertThat(report.rowsPerSecond()).isCloseTo(2.5 * report.throughput(), withPercentage(5));
    }
}
