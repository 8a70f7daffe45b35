package io.nereid.statistics;

import io.nereid.inference.Race;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

import static org.assertj.core.api.Assertions.assertThat;

class MetricsSnapshotTest {
    private final AtomicLong millis = new AtomicLong(1_000_000);
    private final InstantSource clock = () -> Instant.ofEpochMilli(millis.get());
    private final ModelStatistics statistics = new ModelStatistics(clock);
    private final InstanceStatistics instance = statistics.instance("m_0", ModelStatistics.NO_GPU);

    @Test
    void metrics_nothingHappened_hasEverySeriesAtZero() {
        MetricsSnapshot metrics = statistics.metrics();
        DeviceSnapshot device = metrics.devices().getFirst();
        assertThat(metrics.devices()).hasSize(1);
        assertThat(device.success()).isZero();
        assertThat(device.micros()).containsOnlyKeys(Phase.values())
                .allSatisfy((_, micros) -> assertThat(micros).isZero());
        assertThat(device.summaries()).isEmpty();
        assertThat(metrics.failures()).containsOnlyKeys(FailureReason.values());
        assertThat(metrics.rejected()).containsOnlyKeys(Rejection.values());
        assertThat(metrics.instances()).containsExactly(new InstanceSnapshot("m_0", ModelStatistics.NO_GPU, 0));
    }

    @Test
    void recordSuccess_microseconds_areCutForEachRequest() {
        instance.recordSuccess(3, 1_999, 999, 1_500, 1_000);
        instance.recordSuccess(0, 1_999, 999, 1_500, 1_000);
        DeviceSnapshot device = statistics.metrics().devices().getFirst();
        assertThat(device.micros()).isEqualTo(Map.of(Phase.REQUEST, 10L, Phase.QUEUE, 2L, Phase.COMPUTE_INPUT, 0L,
                Phase.COMPUTE_INFER, 2L, Phase.COMPUTE_OUTPUT, 2L));
        assertThat(device.success()).isEqualTo(2);
        assertThat(device.inferences()).isEqualTo(4);
    }

    @Test
    void recordSuccess_times_fallIntoTheHistograms() {
        instance.recordSuccess(1, 460_000, 0, 40_001, 0);
        MetricsSnapshot metrics = statistics.metrics();
        assertThat(metrics.queue().counts().indexOf(1L)).isEqualTo(1);
        assertThat(metrics.compute().counts().indexOf(1L)).isZero();
        assertThat(metrics.requests().counts().indexOf(1L)).isEqualTo(2);
        assertThat(metrics.requests().sum()).isEqualTo(500_001);
    }

    @Test
    void instances_onSeveralDevices_areAddedUpByDevice() {
        InstanceStatistics first = statistics.instance("m_0_gpu1", 1);
        InstanceStatistics second = statistics.instance("m_1_gpu1", 1);
        first.recordSuccess(2, 1, 1, 1, 1);
        second.recordSuccess(3, 1, 1, 1, 1);
        first.recordExecution(2, CloseReason.FULL, 1, 2, 3);
        second.recordFailedExecution(50);
        List<DeviceSnapshot> devices = statistics.metrics().devices();
        assertThat(devices).extracting(DeviceSnapshot::gpu).containsExactly(ModelStatistics.NO_GPU, 1);
        assertThat(devices).extracting(DeviceSnapshot::inferences).containsExactly(0L, 5L);
        assertThat(devices).extracting(DeviceSnapshot::executions).containsExactly(0L, 1L);
        assertThat(devices).extracting(DeviceSnapshot::busyNanos).containsExactly(0L, 56L);
        assertThat(statistics.metrics().instances()).containsExactly(
                new InstanceSnapshot("m_0", ModelStatistics.NO_GPU, 0),
                new InstanceSnapshot("m_0_gpu1", 1, 6), new InstanceSnapshot("m_1_gpu1", 1, 50));
    }

    @Test
    void close_instance_leavesWhatItDid() {
        instance.recordSuccess(2, 1, 1, 1, 1);
        instance.close();
        assertThat(statistics.metrics().instances()).isEmpty();
        assertThat(statistics.metrics().devices().getFirst().inferences()).isEqualTo(2);
        instance.close();
        assertThat(statistics.metrics().devices().getFirst().inferences()).isEqualTo(2);
    }

    @Test
    void firstResponse_ofAnExecutionOrOfASender_isCountedOnce() {
        instance.recordSuccess(1, 90_000_000, 0, 10_000_001, 0);
        instance.recordStreamed(1, 90_000_000, 0, 10_000_001, 0);
        statistics.recordFirstResponse(3);
        HistogramSnapshot firstResponse = statistics.metrics().firstResponse();
        assertThat(firstResponse.counts()).containsExactly(1L, 1L, 0L, 0L, 0L);
        assertThat(firstResponse.sum()).isEqualTo(100_000_004);
    }

    @Test
    void recordFailure_reasons_addUpToTheFailures() {
        statistics.recordFailure(FailureReason.REJECTED, 1);
        statistics.recordFailure(FailureReason.BACKEND, 1);
        statistics.recordFailure(FailureReason.BACKEND, 1);
        assertThat(statistics.metrics().failures()).isEqualTo(Map.of(FailureReason.REJECTED, 1L, FailureReason.CANCELED,
                0L, FailureReason.BACKEND, 2L, FailureReason.OTHER, 0L));
        assertThat(statistics.snapshot().fail().count()).isEqualTo(3);
    }

    @Test
    void summaries_ofTheLastMinute_forgetWhatIsOlder() {
        ModelStatistics asked = new ModelStatistics(clock, StatisticsSettings.DEFAULT.withQuantiles(List.of(0.5)));
        InstanceStatistics one = asked.instance("m_0", ModelStatistics.NO_GPU);
        one.recordSuccess(1, 10_000, 0, 0, 0);
        assertThat(median(asked)).isEqualTo(10);
        millis.addAndGet(30_000);
        one.recordSuccess(1, 20_000, 0, 0, 0);
        one.recordSuccess(1, 20_000, 0, 0, 0);
        assertThat(median(asked)).isEqualTo(20);
        millis.addAndGet(200_000);
        one.recordSuccess(1, 30_000, 0, 0, 0);
        assertThat(median(asked)).isEqualTo(30);
        millis.addAndGet(61_000);
        assertThat(median(asked)).isNaN();
        assertThat(queue(asked).count()).isEqualTo(4);
        assertThat(queue(asked).sum()).isEqualTo(80);
    }

    @Test
    void summaries_ofSeveralInstances_coverTheLastMinuteOfAll() {
        ModelStatistics asked = new ModelStatistics(clock, StatisticsSettings.DEFAULT.withQuantiles(List.of(0.5)));
        InstanceStatistics first = asked.instance("m_0", ModelStatistics.NO_GPU);
        first.recordSuccess(1, 10_000, 0, 0, 0);
        millis.addAndGet(30_000);
        InstanceStatistics second = asked.instance("m_1", ModelStatistics.NO_GPU);
        second.recordSuccess(1, 20_000, 0, 0, 0);
        second.recordSuccess(1, 20_000, 0, 0, 0);
        first.close();
        assertThat(median(asked)).isEqualTo(20);
        assertThat(queue(asked).count()).isEqualTo(3);
        millis.addAndGet(40_000);
        second.recordSuccess(1, 30_000, 0, 0, 0);
        assertThat(median(asked)).isEqualTo(20);
        millis.addAndGet(25_000);
        assertThat(median(asked)).isEqualTo(30);
        assertThat(queue(asked).sum()).isEqualTo(80);
    }

    @Test
    void summaries_wallClockSetBack_keepWhatTheyHave() {
        ModelStatistics asked = new ModelStatistics(clock, StatisticsSettings.DEFAULT.withQuantiles(List.of(0.5)));
        asked.instance("m_0", ModelStatistics.NO_GPU).recordSuccess(1, 10_000, 0, 0, 0);
        millis.addAndGet(-500_000);
        assertThat(median(asked)).isEqualTo(10);
    }

    @Test
    void metrics_whileOthersRecord_showWholeRecordsOnly() throws Exception {
        Race.run(4, thread -> {
            for (int i = 0; i < 2_000; i++) {
                if (thread == 0) {
                    MetricsSnapshot seen = statistics.metrics();
                    DeviceSnapshot device = seen.devices().getFirst();
                    assertThat(seen.requests().count()).isEqualTo(device.success());
                    assertThat(seen.queue().sum()).isEqualTo(device.success() * 1_000);
                    assertThat(device.micros().get(Phase.REQUEST)).isEqualTo(device.success() * 4);
                } else {
                    instance.recordSuccess(1, 1_000, 1_000, 1_000, 1_000);
                }
            }
        });
    }

    private static SummarySnapshot queue(ModelStatistics statistics) {
        return statistics.metrics().devices().getFirst().summaries().getOrDefault(Phase.QUEUE,
                new SummarySnapshot(List.of(), -1, -1));
    }

    private static double median(ModelStatistics statistics) {
        return queue(statistics).quantiles().getFirst().value();
    }
}
