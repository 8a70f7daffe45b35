package io.nereid.scheduler.tuning;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class DrainEstimateTest {
    private static final long FIXED = 4_000;
    private static final long PER_ROW = 100;

    private long now = Long.MAX_VALUE - 1_000_000;

    @Test
    void share_costByRow_isAnEighthOfWhatIsThere() {
        DrainEstimate estimate = new DrainEstimate(2, 8);
        for (int i = 0; i < 9; i++) {
            for (int rows = 1; rows <= 8; rows++) {
                measure(estimate, rows, 1_000L * rows);
            }
        }
        assertThat(estimate.maxRows(1)).as("one row cannot be shared").isEqualTo(Integer.MAX_VALUE);
        assertThat(estimate.maxRows(8)).as("nothing runs").isEqualTo(1);
        assertThat(estimate.maxRows(64)).isEqualTo(4);
        estimate.started(1, 8, now);
        assertThat(estimate.maxRows(24)).as("what runs counts too").isEqualTo(2);
        assertThat(estimate.maxRows(120)).as("full batches for all").isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void addAndRemove_predictionsFollow() {
        DrainEstimate estimate = new DrainEstimate(1, 1);
        for (int i = 0; i < 20; i++) {
            measure(estimate, 1, 1_000);
        }
        estimate.add(0);
        assertThat(estimate.instances()).as("was there from the start").isEqualTo(1);
        assertThat(estimate.startNanos(6, now)).isEqualTo(6_000);
        estimate.add(2);
        assertThat(estimate.instances()).isEqualTo(2);
        assertThat(estimate.startNanos(6, now)).isEqualTo(3_000);
        estimate.started(2, 1, now);
        assertThat(estimate.startNanos(0, now)).as("the other one is idle").isZero();
        estimate.remove(0);
        assertThat(estimate.startNanos(0, now)).isEqualTo(1_000);
        estimate.finished(0, now);
        assertThat(estimate.instances()).isEqualTo(1);
    }

    /** A pause of the machine, or a slow first run of a size, makes batches look dear: that must not last. */
    @Test
    void share_judgedWronglyByAPause_takesEverythingAgainSoon() {
        DrainEstimate estimate = new DrainEstimate(1, 8);
        for (int i = 0; i < 20; i++) {
            measure(estimate, 1, 5_000);
        }
        for (int i = 0; i < 20; i++) {
            measure(estimate, 7, 100_000);
        }
        assertThat(estimate.maxRows(7)).as("batches look dear").isEqualTo(1);
        int small = 0;
        for (int i = 0; i < 10_000; i++) {
            int rows = Math.min(7, estimate.maxRows(7));
            small += rows < 7 ? 1 : 0;
            measure(estimate, rows, 5_000 + 50L * rows);
        }
        assertThat(small).isLessThan(1_100);
        assertThat(estimate.maxRows(7)).isEqualTo(Integer.MAX_VALUE);
    }

    /** Nor must the probes cost the clients of a model that gains nothing more than their p99. */
    @Test
    void share_costByRow_isProbedSeldom() {
        DrainEstimate estimate = new DrainEstimate(1, 8);
        for (int i = 0; i < 20; i++) {
            measure(estimate, 1, 1_000);
            measure(estimate, 8, 8_000);
        }
        int inProbes = 0;
        int all = 0;
        for (int i = 0; i < 20_000; i++) {
            int rows = Math.min(8, estimate.maxRows(8));
            inProbes += rows == 8 ? 8 : 0;
            all += rows;
            measure(estimate, rows, 1_000L * rows);
        }
        assertThat(inProbes).isPositive().isLessThan(all / 100);
    }

    @Test
    void share_costByCall_isEverything() {
        DrainEstimate estimate = learned(2, 8);

        assertThat(estimate.maxRows(8)).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void share_tooFewBatchesMeasured_isEverything() {
        DrainEstimate estimate = new DrainEstimate(2, 8);
        assertThat(estimate.maxRows(8)).isEqualTo(Integer.MAX_VALUE);
        for (int i = 0; i < 50; i++) {
            measure(estimate, 1, 1_000_000);
        }
        measure(estimate, 8, 8_000_000); // that may have been a pause
        assertThat(estimate.maxRows(8)).isEqualTo(Integer.MAX_VALUE);
    }

    /** Who sends a few requests at the same moment expects them in one batch. */
    @Test
    void share_batchesAloneMeasured_isEverything() {
        DrainEstimate estimate = new DrainEstimate(1, 4);
        for (int i = 0; i < 200; i++) {
            measure(estimate, 4, 8_000_000);
            assertThat(estimate.maxRows(4)).isEqualTo(Integer.MAX_VALUE);
        }
    }

    /** The first batches of a size were slow, as they are while memory is taken: the first look afterwards finds out. */
    @Test
    void share_judgedWronglyAtTheStart_takesEverythingBeforeLong() {
        DrainEstimate estimate = new DrainEstimate(1, 8);
        for (int i = 0; i < 3; i++) {
            measure(estimate, 8, 9_000_000);
        }
        for (int i = 0; i < 8; i++) {
            measure(estimate, 1, 1_000_000);
        }
        int small = 0;
        for (int rows = estimate.maxRows(8); rows < 8; rows = estimate.maxRows(8)) {
            measure(estimate, rows, 1_000_000 + 50_000L * rows);
            small++;
        }
        assertThat(small).isLessThan(100);
    }

    /** A few late requests are the p99 of the first second. */
    @Test
    void share_costByRow_firstLooksAreAtFewRows() {
        DrainEstimate estimate = new DrainEstimate(1, 16);
        for (int i = 0; i < 3; i++) {
            measure(estimate, 16, 16_000_000);
        }
        for (int i = 0; i < 8; i++) {
            measure(estimate, 1, 1_000_000);
        }
        for (int i = 0; i < 900; i++) {
            int rows = Math.min(15, estimate.maxRows(15));
            assertThat(rows).isLessThanOrEqualTo(4);
            measure(estimate, rows, 1_000_000L * rows);
        }
    }

    private void measure(DrainEstimate estimate, int rows, long nanos) {
        estimate.started(0, rows, now);
        estimate.finished(0, now + nanos);
    }

    @Test
    void startNanos_instanceIdle_isZero() {
        DrainEstimate estimate = learned(1, 8);

        assertThat(estimate.startNanos(0, now)).isZero();
        assertThat(estimate.answerNanos(0, 1, now)).isEqualTo(law(1));
    }

    @Test
    void startNanos_oneBatchRunning_isWhatIsLeftOfIt() {
        DrainEstimate estimate = learned(1, 8);
        estimate.started(0, 8, now);

        assertThat(estimate.startNanos(0, now)).isEqualTo(law(8));
        assertThat(estimate.startNanos(0, now + 1_000)).isEqualTo(law(8) - 1_000);
        assertThat(estimate.startNanos(7, now)).as("room in the next batch").isEqualTo(law(8));
        assertThat(estimate.startNanos(8, now)).as("the next batch is full").isEqualTo(2 * law(8));
        assertThat(estimate.startNanos(80, now)).isEqualTo(11 * law(8));
    }

    @Test
    void startNanos_batchOverdue_expectsAsLongAgain() {
        DrainEstimate estimate = learned(1, 8);
        estimate.started(0, 8, now);

        assertThat(estimate.startNanos(0, now + law(8) + 700)).isEqualTo(700);
    }

    @Test
    void startNanos_severalInstances_servesThemInTheOrderTheyGetFree() {
        DrainEstimate estimate = learned(3, 8);
        estimate.started(0, 8, now);
        estimate.started(1, 8, now - 3_000);
        estimate.started(2, 8, now - 1_000);

        assertThat(estimate.startNanos(0, now)).isEqualTo(law(8) - 3_000);
        assertThat(estimate.startNanos(8, now)).isEqualTo(law(8) - 1_000);
        assertThat(estimate.startNanos(16, now)).isEqualTo(law(8));
        assertThat(estimate.startNanos(24, now)).as("second round").isEqualTo(2 * law(8) - 3_000);
    }

    @Test
    void answerNanos_fullBatchesAhead_countsAFullBatchOfItsOwn() {
        DrainEstimate estimate = learned(1, 8);
        estimate.started(0, 1, now);

        assertThat(estimate.answerNanos(8, 1, now)).isEqualTo(law(1) + 2 * law(8));
        assertThat(estimate.answerNanos(2, 1, now)).isEqualTo(law(1) + law(3));
    }

    @Test
    void admits_predictedTooLate_refuses() {
        DrainEstimate estimate = learned(1, 8);
        estimate.started(0, 8, now);

        assertThat(estimate.admits(8, 1, 3 * law(8), now)).isTrue();
        assertThat(estimate.admits(8, 1, 3 * law(8) - 1, now)).isFalse();
    }

    @Test
    void admits_executionsVary_leavesRoomForTheLongerOnes() {
        DrainEstimate estimate = new DrainEstimate(1, 8);
        for (int i = 0; i < 1000; i++) {
            estimate.started(0, 8, now);
            now += law(8) * (i % 5 == 0 ? 13 : 9) / 10;
            estimate.finished(0, now);
        }
        estimate.started(0, 8, now);
        long predicted = estimate.answerNanos(8, 1, now);

        assertThat(estimate.admits(8, 1, predicted * 105 / 100, now)).isFalse();
        assertThat(estimate.admits(8, 1, predicted * 150 / 100, now)).isTrue();
    }

    @Test
    void admits_lessThanAFullBatchAhead_admitsWhateverIsPredicted() {
        DrainEstimate estimate = learned(1, 8);
        estimate.started(0, 8, now);

        assertThat(estimate.admits(7, 1, 1, now)).isTrue();
    }

    @Test
    void admits_fewExecutionsMeasured_admits() {
        DrainEstimate estimate = new DrainEstimate(1, 8);
        execute(estimate, 9, 8);
        estimate.started(0, 8, now);
        assertThat(estimate.admits(1000, 1, 1, now)).isTrue();

        estimate.finished(0, now + law(8));
        assertThat(estimate.admits(1000, 1, 1, now)).isFalse();
    }

    @Test
    void finished_nothingRunning_learnsNothing() {
        DrainEstimate estimate = new DrainEstimate(2, 8);
        estimate.finished(1, now);

        assertThat(estimate.measured()).isZero();
    }

    @Test
    void abandoned_batchGivenUp_freesTheInstanceAndLearnsNothing() {
        DrainEstimate estimate = learned(1, 8);
        long measured = estimate.measured();
        estimate.started(0, 8, now);
        estimate.abandoned(0);
        estimate.finished(0, now + 5);

        assertThat(estimate.measured()).isEqualTo(measured);
        assertThat(estimate.startNanos(0, now)).isZero();
    }

    @Test
    void batchSize_lowered_countsMoreBatchesAhead() {
        DrainEstimate estimate = learned(1, 8);
        estimate.batchSize(4);

        assertThat(estimate.startNanos(8, now)).isEqualTo(2 * law(4));
        estimate.started(0, 4, now);
        assertThat(estimate.startNanos(8, now)).isEqualTo(3 * law(4));
    }

    @Test
    void constructor_noInstance_refuses() {
        assertThatThrownBy(() -> new DrainEstimate(0, 8)).hasMessageContaining("got 0 instances");
    }

    private DrainEstimate learned(int instances, int batchSize) {
        DrainEstimate estimate = new DrainEstimate(instances, batchSize);
        for (int rows = 1; rows <= batchSize; rows++) {
            execute(estimate, 20, rows);
        }
        return estimate;
    }

    private void execute(DrainEstimate estimate, int times, int rows) {
        for (int i = 0; i < times; i++) {
            estimate.started(0, rows, now);
            now += law(rows);
            estimate.finished(0, now);
        }
    }

    private static long law(int rows) {
        return FIXED + PER_ROW * rows;
    }
}
