package io.nereid.bench.load.tail;

import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.MarkdownTable;
import io.nereid.perf.client.Latencies;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What one process did.
 *
 * @param bySecond the answers of each second since it was ready
 * @param settleSeconds how many of them do not count
 * @param cpuNanos what it used in the others
 */
record Turn(List<Latencies> bySecond, int settleSeconds, long cpuNanos) {
    Figures figures() throws LoadException {
        return Figures.of(bySecond.subList(settleSeconds, bySecond.size()), cpuNanos);
    }

    /** The p99 of each second in milliseconds, separated by blanks. */
    String course() {
        return bySecond.stream().map(second -> MarkdownTable.millis(second.percentileNanos(99)))
                .collect(Collectors.joining(" "));
    }
}
