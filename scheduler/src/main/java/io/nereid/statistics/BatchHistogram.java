package io.nereid.statistics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The executions of one model version by batch size. Not thread-safe. Once a size has been seen, recording another
 * execution of it allocates nothing: sizes are kept sorted in an array, without boxes.
 */
final class BatchHistogram {
    private int[] sizes = new int[8];
    private final ArrayList<Executions> executions = new ArrayList<>();

    void record(int rows, CloseReason reason, long inputNanos, long inferNanos, long outputNanos) {
        Executions ofSize = ofSize(rows);
        ofSize.compute.add(inputNanos, inferNanos, outputNanos);
        ofSize.closedBy.increment(reason);
    }

    void add(BatchHistogram other) {
        for (int i = 0; i < other.executions.size(); i++) {
            Executions ofSize = ofSize(other.sizes[i]);
            ofSize.compute.add(other.executions.get(i).compute);
            ofSize.closedBy.add(other.executions.get(i).closedBy);
        }
    }

    private Executions ofSize(int rows) {
        int known = executions.size();
        int at = Arrays.binarySearch(sizes, 0, known, rows);
        return at >= 0 ? executions.get(at) : insert(-at - 1, rows);
    }

    private Executions insert(int at, int rows) {
        Executions added = new Executions();
        int known = executions.size();
        if (known == sizes.length) {
            sizes = Arrays.copyOf(sizes, known * 2);
        }
        System.arraycopy(sizes, at, sizes, at + 1, known - at);
        sizes[at] = rows;
        executions.add(at, added);
        return added;
    }

    /** Times by batch size, smallest first. */
    List<BatchStatistic> toStatistics() {
        List<BatchStatistic> statistics = new ArrayList<>();
        for (int i = 0; i < executions.size(); i++) {
            ComputeSums compute = executions.get(i).compute;
            statistics.add(new BatchStatistic(sizes[i], compute.input.toStatistic(), compute.infer.toStatistic(),
                    compute.output.toStatistic()));
        }
        return List.copyOf(statistics);
    }

    /** Close reasons by batch size, smallest first. */
    List<Explanation.ClosedBatches> toClosedBatches() {
        List<Explanation.ClosedBatches> closed = new ArrayList<>();
        for (int i = 0; i < executions.size(); i++) {
            EnumCounts<CloseReason> reasons = executions.get(i).closedBy;
            closed.add(new Explanation.ClosedBatches(sizes[i], reasons.total(), reasons.toMap()));
        }
        return List.copyOf(closed);
    }

    /** Close reasons of all sizes together. */
    EnumCounts<CloseReason> closedBy() {
        EnumCounts<CloseReason> total = new EnumCounts<>(CloseReason.class);
        executions.forEach(ofSize -> total.add(ofSize.closedBy));
        return total;
    }

    private static final class Executions {
        private final ComputeSums compute = new ComputeSums();
        private final EnumCounts<CloseReason> closedBy = new EnumCounts<>(CloseReason.class);
    }
}
