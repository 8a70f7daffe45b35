package io.nereid.perf.report;

import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;

/** Which percentiles of latencies reports show. */
final class Percentiles {
    /** Of tables and of lines over the levels. */
    static final List<Double> USUAL = List.of(50.0, 90.0, 95.0, 99.0);

    /** Of the curve of one level; those that no answer is beyond are left out. */
    static final List<Double> CURVE = List.of(10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 97.5, 99.0, 99.5, 99.9, 99.95, 99.99,
            99.995, 99.999);

    private Percentiles() {}

    /** The usual and that one, in ascending order. */
    static List<Double> with(OptionalDouble percentile) {
        return DoubleStream.concat(USUAL.stream().mapToDouble(Double::doubleValue), percentile.stream()).distinct()
                .sorted().boxed().toList();
    }
}
