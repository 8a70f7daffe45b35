package io.nereid.server.metrics;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

import static org.assertj.core.api.Assertions.assertThat;

class MachineMetricsTest {
    private static final String MEMORY = """
            MemTotal:        1000 kB
            MemFree:          100 kB
            MemAvailable:     400 kB
            """;
    @TempDir
    private Path proc;

    private final AtomicLong now = new AtomicLong();

    @Test
    void write_timeHasPassed_tellsTheShareThatWasNotIdle() throws IOException {
        stat("cpu  100 0 0 900 0 0 0 0 0 0");
        Files.writeString(proc.resolve("meminfo"), MEMORY);
        MachineMetrics metrics = new MachineMetrics(proc, now::get, Duration.ofSeconds(2));
        stat("cpu  125 5 10 940 20 0 0 0 9 9");
        assertThat(text(metrics)).contains("nv_cpu_utilization 0.4\n", "nv_cpu_memory_total_bytes 1024000\n",
                "nv_cpu_memory_used_bytes 614400\n");
    }

    @Test
    void write_askedAgainWithinTheInterval_tellsTheSame() throws IOException {
        stat("cpu  0 0 0 0 0 0 0 0 0 0");
        Files.writeString(proc.resolve("meminfo"), MEMORY);
        MachineMetrics metrics = new MachineMetrics(proc, now::get, Duration.ofSeconds(2));
        stat("cpu  1 0 0 3 0 0 0 0 0 0");
        String first = text(metrics);
        stat("cpu  11 0 0 3 0 0 0 0 0 0");
        assertThat(first).contains("nv_cpu_utilization 0.25\n");
        assertThat(text(metrics)).isEqualTo(first);
        now.addAndGet(2_000_000_000);
        assertThat(text(metrics)).contains("nv_cpu_utilization 1\n");
    }

    @Test
    void write_noSuchFiles_tellsNothing() {
        assertThat(text(new MachineMetrics(proc.resolve("none"), now::get, Duration.ofSeconds(2)))).isEmpty();
    }

    @Test
    void write_thisMachine_isWithinBounds() {
        String text = text(new MachineMetrics(Path.of("/proc"), now::get, Duration.ofSeconds(2)));
        assertThat(text).containsPattern("nv_cpu_utilization (0|1|0\\.\\d+)\n")
                .containsPattern("nv_cpu_memory_used_bytes [1-9]\\d+\n");
    }

    private void stat(String line) throws IOException {
        Files.writeString(proc.resolve("stat"), line + "\ncpu0 7 7 7 7 7 7 7 7 7 7\n");
    }

    private static String text(MachineMetrics metrics) {
        MetricsText text = new MetricsText();
        metrics.write(text);
        return text.toString();
    }
}
