package io.nereid.perf.measure;

import io.nereid.perf.client.RequestBudget;
import io.nereid.perf.client.RunningLoad;
import io.nereid.perf.client.Sample;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Measures a level of load after the other: windows of time until the last three agree, or a number of requests. Used by
 * one thread, which it blocks.
 */
public final class Measurement {
    private static final long SLICE_NANOS = 1_000_000_000L;
    private static final long PATIENCE_NANOS = 60 * SLICE_NANOS;

    private final MeasurementOptions options;
    private final Progress progress;
    private final LongSupplier nanoClock;
    private final DoubleSupplier processorSeconds;

    /** Starts the load of a level. */
    @FunctionalInterface
    public interface Starter {
        /** Starts it; it sends no more than the budget has. */
        RunningLoad start(RequestBudget budget) throws IOException;
    }

    /**
     * Prepares measurements.
     *
     * @param nanoClock the time, in nanoseconds
     * @param processorSeconds what this process has used so far
     */
    public Measurement(MeasurementOptions options, Progress progress, LongSupplier nanoClock,
            DoubleSupplier processorSeconds) {
        this.options = options;
        this.progress = progress;
        this.nanoClock = nanoClock;
        this.processorSeconds = processorSeconds;
    }

    /**
     * Measures one level.
     *
     * @param look is looked at before and after the time that counts
     * @throws NoAnswerException if for a minute no request was answered
     */
    public <S> Measured<S> measure(LoadLevel level, int batchSize, Starter starter, Supplier<S> look)
            throws IOException, InterruptedException, NoAnswerException {
        if (options.warmupRequests() > 0) {
            try (RunningLoad load = starter.start(RequestBudget.of(options.warmupRequests()))) {
                new Course(level, load, 0).measure(OptionalLong.empty());
            }
        }
        return options.requestCount() > 0 ? measureCount(level, batchSize, starter, look)
                : measureWindows(level, batchSize, starter, look);
    }

    private <S> Measured<S> measureCount(LoadLevel level, int batchSize, Starter starter, Supplier<S> look)
            throws IOException, InterruptedException, NoAnswerException {
        S before = look.get();
        try (RunningLoad load = starter.start(RequestBudget.of(options.requestCount()))) {
            Course course = new Course(level, load, 1);
            Window window = course.measure(OptionalLong.empty());
            return new Measured<>(course.result(batchSize, window, true), before, look.get());
        }
    }

    private <S> Measured<S> measureWindows(LoadLevel level, int batchSize, Starter starter, Supplier<S> look)
            throws IOException, InterruptedException, NoAnswerException {
        List<S> looks = new ArrayList<>(List.of(look.get()));
        List<Window> windows = new ArrayList<>();
        try (RunningLoad load = starter.start(RequestBudget.unlimited())) {
            Course course = new Course(level, load, 1);
            boolean stable = false;
            while (!stable && !isHopeless(windows) && windows.size() < options.maxWindows()) {
                windows.add(course.measure(OptionalLong.of(options.window().toNanos())));
                looks.add(look.get());
                course.nextWindow();
                stable = Stability.isReached(windows, options.stabilityPercent(), options.percentile());
            }
            List<Window> last = Stability.last(windows);
            return new Measured<>(course.result(batchSize, Window.merged(last), stable),
                    looks.get(looks.size() - 1 - last.size()), looks.getLast());
        }
    }

    /** Whether nothing but errors came: more of them would say no more. */
    private static boolean isHopeless(List<Window> windows) {
        return !windows.isEmpty() && windows.getLast().sample().latencies().count() == 0
                && windows.getLast().sample().errors() > 0;
    }

    /** One load while it runs. */
    private final class Course {
        private final LoadLevel level;
        private final RunningLoad load;
        private final long startNanos = nanoClock.getAsLong();
        private final List<Slice> slices = new ArrayList<>();
        private int window;
        private long sliceNanos = startNanos;
        private long answeredNanos = startNanos;

        Course(LoadLevel level, RunningLoad load, int window) {
            this.level = level;
            this.load = load;
            this.window = window;
        }

        void nextWindow() {
            window++;
        }

        /** For so long from the end of the last window, or until the load is over. */
        Window measure(OptionalLong lengthNanos) throws InterruptedException, NoAnswerException {
            long beginNanos = sliceNanos;
            double processor = processorSeconds.getAsDouble();
            List<Sample> samples = new ArrayList<>();
            boolean over = false;
            while (!over) {
                long leftNanos = lengthNanos.isEmpty() ? Long.MAX_VALUE
                        : beginNanos + lengthNanos.getAsLong() - nanoClock.getAsLong();
                // what would be left of a window for a last, tiny slice belongs to the slice before it
                boolean ends = leftNanos < SLICE_NANOS + SLICE_NANOS / 2;
                boolean ended = load.awaitEnd(Math.max(1, ends ? leftNanos : SLICE_NANOS));
                samples.add(takeSlice());
                over = ended || ends;
            }
            return new Window((sliceNanos - beginNanos) / 1e9, Sample.merged(samples),
                    processorSeconds.getAsDouble() - processor);
        }

        private Sample takeSlice() throws NoAnswerException {
            Sample sample = load.take();
            long now = nanoClock.getAsLong();
            Slice slice = new Slice((sliceNanos - startNanos) / 1e9, (now - sliceNanos) / 1e9, sample.latencies(),
                    sample.errors());
            sliceNanos = now;
            slices.add(slice);
            progress.onSlice(level, window, slice);
            if (sample.latencies().count() + sample.errors() > 0) {
                answeredNanos = now;
            } else if (now - answeredNanos >= PATIENCE_NANOS) {
                throw new NoAnswerException("no request was answered for " + PATIENCE_NANOS / SLICE_NANOS + " s");
            }
            return sample;
        }

        Result result(int batchSize, Window counted, boolean stable) {
            return new Result(level, batchSize, counted.seconds(), counted.sample(), counted.processorSeconds(), stable,
                    slices);
        }
    }
}
