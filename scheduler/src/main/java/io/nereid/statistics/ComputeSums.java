package io.nereid.statistics;

/** The three parts of computing, each added up on its own. Not thread-safe. */
final class ComputeSums {
    final Sum input = new Sum();
    final Sum infer = new Sum();
    final Sum output = new Sum();

    void add(long inputNanos, long inferNanos, long outputNanos) {
        input.add(inputNanos);
        infer.add(inferNanos);
        output.add(outputNanos);
    }

    void add(ComputeSums other) {
        input.add(other.input);
        infer.add(other.infer);
        output.add(other.output);
    }

    /** A {@link DurationStatistic} that grows. */
    static final class Sum {
        private long count;
        private long nanos;

        void add(long moreNanos) {
            count++;
            nanos += moreNanos;
        }

        void add(Sum other) {
            count += other.count;
            nanos += other.nanos;
        }

        long count() {
            return count;
        }

        DurationStatistic toStatistic() {
            return count == 0 ? DurationStatistic.NONE : new DurationStatistic(count, nanos);
        }
    }
}
