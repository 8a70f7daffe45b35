package io.nereid.perf.cli;

/**
 * Levels from a first to a last.
 *
 * @param end 0 for as long as the latency stays below its threshold
 */
record LevelRange(double start, double end, double step) {
    /**
     * Reads {@code start:end:step}; what is left out is {@code start} for the end, and 1 for the step.
     *
     * @param whole whether they are whole numbers
     */
    static LevelRange parse(PerfFlag flag, String text, boolean whole) throws UsageException {
        String number = whole ? "[0-9]{1,6}" : "[0-9]{1,7}(\\.[0-9]{1,18})?";
        if (!text.matches(number + "(:" + number + "){0,2}")) {
            throw wrong(flag, text, whole);
        }
        String[] parts = text.split(":");
        double start = Double.parseDouble(parts[0]);
        double end = parts.length > 1 ? Double.parseDouble(parts[1]) : start;
        double step = parts.length > 2 ? Double.parseDouble(parts[2]) : 1;
        if (start <= 0 || step <= 0 || (end != 0 && end < start)) {
            throw wrong(flag, text, whole);
        }
        return new LevelRange(start, end, step);
    }

    private static UsageException wrong(PerfFlag flag, String text, boolean whole) {
        return new UsageException(flag.option() + ": got '" + text + "' (expected START, START:END or START:END:STEP, "
                + (whole ? "whole " : "") + "numbers above 0, the end not below the start, such as 1:16:5)");
    }

    boolean isOpenEnded() {
        return end == 0;
    }

    /** The level of that number, from 0. */
    double level(int index) {
        return start + index * step;
    }

    boolean has(int index) {
        // the end itself counts although the sum of fractions may have gone a little beyond it
        return isOpenEnded() || level(index) <= end + step * 1e-9;
    }
}
