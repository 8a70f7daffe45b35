package io.nereid.backend;

import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/**
 * The metrics that one instance of a model has made, which the server shows beside its own. Instances share what has
 * the same name, or the same labels in a family; it goes with the last instance that has it. Thread-safe; no method
 * blocks.
 */
public interface ModelMetrics extends AutoCloseable {
    /** Kinds of metrics. */
    enum Kind {
        /** Only rises. */
        COUNTER,
        /** Has any value. */
        GAUGE,
        /** Counts observations by size. */
        HISTOGRAM
    }

    /**
     * The family of that name; the first description stays.
     *
     * @throws InferenceException if the name is not one that metrics may have, is one of the server's own, or belongs
     *     to a family of another kind
     */
    Family family(String name, String description, Kind kind) throws InferenceException;

    /** Removes all that was not removed before. */
    @Override
    void close();

    /** Metrics of one name, as one caller of {@link ModelMetrics#family} has it. */
    interface Family extends AutoCloseable {
        /**
         * The metric with these labels.
         *
         * @param buckets the upper bounds of a histogram, ascending; null for none given
         * @throws InferenceException if the kind and the buckets do not fit, a label's name is none, or the family is
         *     closed
         */
        Metric metric(Map<String, String> labels, @Nullable List<Double> buckets) throws InferenceException;

        /** Removes it with its metrics, which from then on refuse everything. Again, it does nothing. */
        @Override
        void close();
    }

    /** One series, as one caller of {@link Family#metric} has it. Each operation throws what its kind forbids. */
    interface Metric extends AutoCloseable {
        /** Adds to a counter or gauge. */
        void increment(double by) throws InferenceException;

        /** Sets a gauge. */
        void set(double value) throws InferenceException;

        /** Adds an observation to a histogram. */
        void observe(double value) throws InferenceException;

        /** The value of a counter or gauge. */
        double value() throws InferenceException;

        /** Removes it. Again, it does nothing. */
        @Override
        void close();
    }
}
