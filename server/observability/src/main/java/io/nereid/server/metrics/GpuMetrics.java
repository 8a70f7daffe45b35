package io.nereid.server.metrics;

import io.nereid.backend.device.Nvml;
import io.nereid.inference.NanoClock;

import java.time.Duration;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;

import static io.nereid.server.metrics.MetricsText.Type.COUNTER;
import static io.nereid.server.metrics.MetricsText.Type.GAUGE;

/**
 * How busy and how full the GPUs are, under Triton's names. A GPU that does not measure something has no sample of it.
 */
final class GpuMetrics implements MetricSource {
    private final Map<String, Nvml.Reading> atStart;
    private final Measurement<Map<String, Nvml.Reading>> readings;

    GpuMetrics(GpuMeters meters, NanoClock clock, Duration interval) {
        this.atStart = meters.read();
        this.readings = new Measurement<>(clock, interval, meters::read);
    }

    /** What was measured last, or is measured now. Used by one thread at a time, as {@link #write}. */
    Map<String, Nvml.Reading> readings() {
        return readings.value();
    }

    @Override
    public void write(MetricsText text) {
        Map<String, Nvml.Reading> now = readings();
        if (now.isEmpty()) {
            return;
        }
        write(text.family("nv_gpu_utilization", GAUGE, "Share of time in which the GPU ran something, from 0 to 1"),
                now,
                Nvml.Reading::utilization);
        write(text.family("nv_gpu_memory_total_bytes", GAUGE, "Memory of the GPU in bytes"), now,
                reading -> wide(reading.memoryTotalBytes()));
        write(text.family("nv_gpu_memory_used_bytes", GAUGE, "Memory of the GPU that is taken, in bytes"), now,
                reading -> wide(reading.memoryUsedBytes()));
        write(text.family("nv_gpu_power_usage", GAUGE, "What the GPU draws, in watts"), now, Nvml.Reading::powerWatts);
        write(text.family("nv_gpu_power_limit", GAUGE, "The most the GPU is let draw, in watts"), now,
                Nvml.Reading::powerLimitWatts);
        text.family("nv_energy_consumption", COUNTER, "Energy the GPU used since the server started, in joules");
        now.forEach((uuid, reading) -> sample(text, uuid, sinceStart(uuid, reading)));
    }

    private OptionalDouble sinceStart(String uuid, Nvml.Reading reading) {
        Nvml.Reading first = atStart.get(uuid);
        return first == null || first.energyJoules().isEmpty() || reading.energyJoules().isEmpty()
                ? OptionalDouble.empty()
                : OptionalDouble.of(reading.energyJoules().getAsDouble() - first.energyJoules().getAsDouble());
    }

    private static void write(MetricsText text, Map<String, Nvml.Reading> readings,
            Function<Nvml.Reading, OptionalDouble> value) {
        readings.forEach((uuid, reading) -> sample(text, uuid, value.apply(reading)));
    }

    private static void sample(MetricsText text, String uuid, OptionalDouble value) {
        value.ifPresent(number -> text.sample(Labels.NONE.with("gpu_uuid", uuid), number));
    }

    private static OptionalDouble wide(OptionalLong value) {
        return value.isPresent() ? OptionalDouble.of((double) value.getAsLong()) : OptionalDouble.empty();
    }
}
