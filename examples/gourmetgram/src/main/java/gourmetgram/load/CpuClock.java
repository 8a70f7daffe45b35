package gourmetgram.load;

import java.time.Duration;
import java.util.List;

/** How long some processes have computed, all of them together, in hundredths of a second. Thread-safe. */
@FunctionalInterface
interface CpuClock {
    /** Of processes that are not known. */
    CpuClock UNKNOWN = () -> Duration.ZERO;

    /** The time up to now. */
    Duration time();

    /** The clock of these processes; one that has ended counts no more. */
    static CpuClock of(List<ProcessHandle> processes) {
        return () -> processes.stream().map(process -> process.info().totalCpuDuration().orElse(Duration.ZERO))
                .reduce(Duration.ZERO, Duration::plus);
    }
}
