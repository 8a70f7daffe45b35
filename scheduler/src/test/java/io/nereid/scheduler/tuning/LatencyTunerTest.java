package io.nereid.scheduler.tuning;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class LatencyTunerTest {
    private static final long TARGET = 15_000;
    private static final long FIXED = 5_000;
    private static final long PER_ROW = 50;
    private static final int MAX_BATCH_SIZE = 128;

    private final DrainEstimate estimate = new DrainEstimate(1, MAX_BATCH_SIZE);
    private final LatencyTuner tuner = new LatencyTuner(TARGET, estimate);
    private long now = -1_000;

    @Test
    void admits_nothingMeasuredAndIdle_admits() {
        assertThat(tuner.admits(0, 1, now)).isTrue();
    }

    @Test
    void admits_firstExecutionDoesNotEnd_refusesWhenItHasTakenTheTarget() {
        estimate.started(0, 1, now);

        assertThat(tuner.admits(1, 1, now + TARGET - 1)).isTrue();
        assertThat(tuner.admits(1, 1, now + TARGET + 1)).isFalse();
    }

    @Test
    void admits_instanceIdleButTargetOutOfReach_admits() {
        execute(20, 1, 10 * TARGET);

        assertThat(tuner.admits(0, 1, now)).isTrue();
        estimate.started(0, 1, now);
        assertThat(tuner.admits(0, 1, now)).isFalse();
    }

    @Test
    void maxRows_beforeAnythingWasMeasured_isTheConfiguredSize() {
        assertThat(tuner.maxRows()).isEqualTo(MAX_BATCH_SIZE);
    }

    @Test
    void maxRows_smallBatchesMeasured_isAtMostTwiceTheLargest() {
        execute(10, 1, law(1));
        assertThat(tuner.maxRows()).isEqualTo(2);

        execute(1, 2, law(2));
        assertThat(tuner.maxRows()).isEqualTo(4);
    }

    @Test
    void maxRows_batchesQuickerThanTheyAreGathered_waitAndRunFillTheTarget() {
        learn();

        assertThat(tuner.maxRows()).as("5 ms + 50 us a row is half the target").isBetween(48, 52);
        assertThat(estimate.batchSize()).isEqualTo(tuner.maxRows());
    }

    @Test
    void maxRows_requestsComeInMasses_getsLargerBecauseBatchesGatherQuickly() {
        learn();
        for (int i = 0; i < 30_000; i++) {
            now += 1;
            boolean _ = tuner.admits(0, 1, now);
        }
        execute(1, 50, law(50));

        assertThat(tuner.maxRows()).isGreaterThan(100);
    }

    @Test
    void maxRows_modelBecomesSlower_shrinks() {
        learn();
        execute(100, 50, 2 * law(50));

        assertThat(tuner.maxRows()).isLessThan(5);
    }

    @Test
    void caution_answersLate_growsWithinLimitsAndFadesAway() {
        learn();
        int before = tuner.maxRows();
        late(20);

        assertThat(tuner.caution()).isBetween(1.05, 1.5);
        assertThat(tuner.maxRows()).isLessThan(before);

        execute(3000, 40, law(40));
        assertThat(tuner.caution()).isBetween(1.0, 1.01);
    }

    @Test
    void admits_answersLate_refusesEarlier() {
        learn();
        estimate.started(0, 50, now);
        long tight = now + 2 * law(50) - TARGET;
        assertThat(tuner.admits(0, 1, tight + 3_000)).isTrue();

        estimate.abandoned(0);
        late(20);
        estimate.started(0, 50, now);
        assertThat(tuner.admits(tuner.maxRows() - 1, 1, now)).isFalse();
    }

    @Test
    void delayNanos_oneInstance_isZero() {
        learn();
        overload(tuner, estimate);

        assertThat(tuner.delayNanos()).isZero();
    }

    @Test
    void delayNanos_severalInstancesAndRefusals_isTheTimeToGatherABatchUntilThereAreNone() {
        DrainEstimate two = new DrainEstimate(2, MAX_BATCH_SIZE);
        LatencyTuner tunerOfTwo = new LatencyTuner(TARGET, two);
        for (int rows = 1; rows <= 64; rows *= 2) {
            execute(two, tunerOfTwo, 20, rows, law(rows));
        }
        assertThat(tunerOfTwo.delayNanos()).as("nothing refused").isZero();

        overload(tunerOfTwo, two);
        assertThat(tunerOfTwo.delayNanos()).isBetween(1L, law(tunerOfTwo.maxRows()));

        execute(two, tunerOfTwo, 200, 8, law(8));
        assertThat(tunerOfTwo.delayNanos()).as("long ago").isZero();
    }

    @Test
    void delayNanos_costPerRow_isZero() {
        DrainEstimate two = new DrainEstimate(2, MAX_BATCH_SIZE);
        LatencyTuner tunerOfTwo = new LatencyTuner(TARGET, two);
        for (int rows = 1; rows <= 64; rows *= 2) {
            execute(two, tunerOfTwo, 20, rows, 100L * rows);
        }
        overload(tunerOfTwo, two);

        assertThat(tunerOfTwo.delayNanos()).isZero();
    }

    private void overload(LatencyTuner overloaded, DrainEstimate of) {
        for (int i = 0; i < 30_000; i++) {
            now += 1;
            boolean _ = overloaded.admits(0, 1, now);
        }
        of.started(0, 50, now);
        if (of.instances() > 1) {
            of.started(1, 50, now);
        }
        assertThat(overloaded.admits(1000, 1, now)).isFalse();
        of.finished(0, now + law(50));
        of.abandoned(of.instances() - 1);
        boolean _ = overloaded.adjust();
    }

    @Test
    void constructor_noTarget_refuses() {
        assertThatThrownBy(() -> new LatencyTuner(0, estimate)).hasMessageContaining("targetNanos: got 0");
    }

    private void learn() {
        for (int rows = 1; rows <= 64; rows *= 2) {
            execute(20, rows, law(rows));
        }
    }

    private void late(int batches) {
        for (int i = 0; i < batches; i++) {
            tuner.answered(TARGET + 1);
            boolean _ = tuner.adjust();
        }
    }

    private void execute(int times, int rows, long nanos) {
        execute(estimate, tuner, times, rows, nanos);
    }

    private void execute(DrainEstimate of, LatencyTuner tuned, int times, int rows, long nanos) {
        for (int i = 0; i < times; i++) {
            of.started(0, rows, now);
            now += nanos;
            of.finished(0, now);
            tuned.answered(Math.min(TARGET, nanos));
            boolean _ = tuned.adjust();
        }
    }

    private static long law(int rows) {
        return FIXED + PER_ROW * rows;
    }
}
