package io.nereid.perf.cli;

import java.util.OptionalDouble;

/** Which level is measured next, by what came of those before. Used by one thread. */
interface LevelSearch {
    /** The next one; empty if there is none. */
    OptionalDouble next();

    /** The last one was measured: whether its latency is above the threshold, or nothing was answered. */
    void measured(boolean beyond);

    /** One after the other, until one is beyond. */
    static LevelSearch linear(LevelRange range) {
        return new LevelSearch() {
            private int index;
            private boolean over;

            @Override
            public OptionalDouble next() {
                return over || !range.has(index) ? OptionalDouble.empty() : OptionalDouble.of(range.level(index++));
            }

            @Override
            public void measured(boolean beyond) {
                over = beyond;
            }
        };
    }

    /**
     * The first and the last, then the middle between the highest that is not beyond and the lowest that is, until these
     * are not further apart than the range's step.
     *
     * @param whole whether levels are whole numbers
     */
    static LevelSearch binary(LevelRange range, boolean whole) {
        return new LevelSearch() {
            private double within = Double.NaN;
            private double beyond = Double.NaN;
            private double last = Double.NaN;

            @Override
            public OptionalDouble next() {
                if (Double.isNaN(last)) {
                    last = range.start();
                } else if (Double.isNaN(within) || within == range.end()) {
                    return OptionalDouble.empty(); // the first is beyond, or the last is not
                } else if (Double.isNaN(beyond)) {
                    last = range.end();
                } else {
                    double middle = (within + beyond) / 2;
                    last = whole ? Math.floor(middle) : middle;
                    if (beyond - within <= range.step() || last == within) {
                        return OptionalDouble.empty();
                    }
                }
                return OptionalDouble.of(last);
            }

            @Override
            public void measured(boolean isBeyond) {
                if (isBeyond) {
                    beyond = last;
                } else {
                    within = last;
                }
            }
        };
    }
}
