package io.nereid.statistics;

import java.util.ArrayList;
import java.util.List;

/** The responses of one decoupled model version by their place in the answer. Not thread-safe. */
final class ResponseSums {
    /** Places that are counted: an answer may have any number of responses, but the statistics must have an end. */
    static final int MAX_PLACES = 1_000;

    private final ArrayList<Sums> places = new ArrayList<>(0);

    void sent(int index, long inferNanos, long outputNanos) {
        if (index < MAX_PLACES) {
            Sums place = at(index);
            place.infer.add(inferNanos);
            place.output.add(outputNanos);
            place.success.add(inferNanos + outputNanos);
        }
    }

    void ended(int index, ResponseEnd end, long nanos) {
        if (index < MAX_PLACES) {
            Sums place = at(index);
            switch (end) {
                case FAIL -> place.fail.add(nanos);
                case EMPTY -> place.empty.add(nanos);
                case CANCEL -> place.cancel.add(nanos);
            }
        }
    }

    private Sums at(int index) {
        while (places.size() <= index) {
            places.add(new Sums());
        }
        return places.get(index);
    }

    /** The first place first. */
    List<ResponseStatistic> toStatistics() {
        return places.stream().map(Sums::toStatistic).toList();
    }

    private static final class Sums {
        private final ComputeSums.Sum infer = new ComputeSums.Sum();
        private final ComputeSums.Sum output = new ComputeSums.Sum();
        private final ComputeSums.Sum success = new ComputeSums.Sum();
        private final ComputeSums.Sum fail = new ComputeSums.Sum();
        private final ComputeSums.Sum empty = new ComputeSums.Sum();
        private final ComputeSums.Sum cancel = new ComputeSums.Sum();

        ResponseStatistic toStatistic() {
            return new ResponseStatistic(infer.toStatistic(), output.toStatistic(), success.toStatistic(),
                    fail.toStatistic(), empty.toStatistic(), cancel.toStatistic());
        }
    }
}
