package io.nereid.server.metrics;

import io.nereid.inference.NanoClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static io.nereid.server.metrics.MetricsText.Type.GAUGE;

/**
 * How busy the machine's processors are and how full its memory is, of all processes together, under Triton's names. As
 * Linux shows it in {@code /proc}; where there is none, there are no such metrics.
 */
final class MachineMetrics implements MetricSource {
    private static final Logger LOG = LoggerFactory.getLogger(MachineMetrics.class);
    /** user, nice, system, idle, iowait, irq, softirq, steal: guests count as user already. */
    private static final int FIELDS = 8;
    private static final int IDLE = 3;
    private static final int IO_WAIT = 4;
    private static final Pattern MEMORY = Pattern.compile("(?m)^(MemTotal|MemAvailable):\\s+(\\d+) kB$");
    private static final long KIB = 1024;

    private final Path proc;
    private final Measurement<Optional<Reading>> reading;
    private Ticks before;

    /** What the kernel has counted of all processors since it started. */
    private record Ticks(long all, long idle) {
        /** The share of the time since {@code before} in which they were not idle. */
        double busySince(Ticks before) {
            long passed = all - before.all;
            double busy = passed <= 0 ? 0 : 1 - (double) (idle - before.idle) / passed;
            return Math.clamp(busy, 0, 1); // the kernel may count less waiting than before
        }
    }

    private record Reading(double utilization, long memoryTotal, long memoryUsed) {}

    /** @param proc where the kernel's files are */
    MachineMetrics(Path proc, NanoClock clock, Duration interval) {
        this.proc = proc;
        this.reading = new Measurement<>(clock, interval, this::measure);
        this.before = ticksAtStart();
    }

    private Ticks ticksAtStart() {
        try {
            return ticks();
        } catch (IOException | RuntimeException e) {
            LOG.debug("the machine is not measured", e);
            return new Ticks(0, 0);
        }
    }

    @Override
    public void write(MetricsText text) {
        reading.value().ifPresent(now -> {
            text.single("nv_cpu_utilization", GAUGE, "Share of the machine's processor time in use, from 0 to 1",
                    now.utilization);
            text.single("nv_cpu_memory_total_bytes", GAUGE, "Memory of the machine in bytes", now.memoryTotal);
            text.single("nv_cpu_memory_used_bytes", GAUGE, "Memory of the machine that is not available, in bytes",
                    now.memoryUsed);
        });
    }

    private Optional<Reading> measure() {
        try {
            Ticks now = ticks();
            double utilization = now.busySince(before);
            before = now;
            long total = 0;
            long available = 0;
            Matcher lines = MEMORY.matcher(Files.readString(proc.resolve("meminfo")));
            while (lines.find()) {
                long bytes = Long.parseLong(lines.group(2)) * KIB;
                if (lines.group(1).equals("MemTotal")) {
                    total = bytes;
                } else {
                    available = bytes;
                }
            }
            return Optional.of(new Reading(utilization, total, total - available));
        } catch (IOException | RuntimeException e) {
            LOG.debug("the machine is not measured", e);
            return Optional.empty();
        }
    }

    private Ticks ticks() throws IOException {
        String[] first = Files.readString(proc.resolve("stat")).lines().findFirst().orElse("").split(" +", -1);
        long all = 0;
        for (int i = 1; i <= FIELDS; i++) { // the first word is "cpu"
            all += Long.parseLong(first[i]);
        }
        return new Ticks(all, Long.parseLong(first[1 + IDLE]) + Long.parseLong(first[1 + IO_WAIT]));
    }
}
