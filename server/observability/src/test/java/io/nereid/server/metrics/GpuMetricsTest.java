package io.nereid.server.metrics;

import io.nereid.backend.device.Nvml;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

import static org.assertj.core.api.Assertions.assertThat;

class GpuMetricsTest {
    private final AtomicLong joules = new AtomicLong(1_000);

    @Test
    void write_gpu_tellsItsReadingsAndTheEnergySinceTheStart() {
        GpuMetrics metrics = new GpuMetrics(
                () -> Map.of("GPU-1",
                        new Nvml.Reading(OptionalDouble.of(0.5), OptionalLong.of(800), OptionalLong.of(300),
                                OptionalDouble.of(61.5), OptionalDouble.of(700),
                                OptionalDouble.of((double) joules.get()))),
                () -> 0, Duration.ofSeconds(2));
        joules.addAndGet(25);
        assertThat(text(metrics).lines().filter(line -> !line.startsWith("#"))).containsExactly(
                "nv_gpu_utilization{gpu_uuid=\"GPU-1\"} 0.5", "nv_gpu_memory_total_bytes{gpu_uuid=\"GPU-1\"} 800",
                "nv_gpu_memory_used_bytes{gpu_uuid=\"GPU-1\"} 300", "nv_gpu_power_usage{gpu_uuid=\"GPU-1\"} 61.5",
                "nv_gpu_power_limit{gpu_uuid=\"GPU-1\"} 700", "nv_energy_consumption{gpu_uuid=\"GPU-1\"} 25");
        assertThat(text(metrics)).contains("# TYPE nv_energy_consumption counter\n");
    }

    @Test
    void write_gpuThatMeasuresLittle_hasNoSamplesOfTheRest() {
        Nvml.Reading little = new Nvml.Reading(OptionalDouble.of(1), OptionalLong.empty(), OptionalLong.empty(),
                OptionalDouble.empty(), OptionalDouble.empty(), OptionalDouble.empty());
        GpuMetrics metrics = new GpuMetrics(() -> Map.of("GPU-1", little), () -> 0, Duration.ofSeconds(2));
        assertThat(text(metrics).lines().filter(line -> !line.startsWith("#")))
                .containsExactly("nv_gpu_utilization{gpu_uuid=\"GPU-1\"} 1");
    }

    @Test
    void write_noGpu_tellsNothing() {
        assertThat(text(new GpuMetrics(GpuMeters.NONE, () -> 0, Duration.ofSeconds(2)))).isEmpty();
    }

    private static String text(GpuMetrics metrics) {
        MetricsText text = new MetricsText();
        metrics.write(text);
        return text.toString();
    }
}
