package io.nereid.server.custommetrics;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.backend.ModelMetrics;
import io.nereid.backend.ModelMetrics.Kind;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/** The metrics that the models of one server have defined. Thread-safe. */
public final class CustomMetrics {
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final SortedMap<String, FamilyState> families = new TreeMap<>();

    /** A family, and how many have it. */
    private static final class FamilyState {
        private final String name;
        private final String description;
        private final Kind kind;
        private final Map<SortedMap<String, String>, Series> series = new HashMap<>();
        private int holders;

        private FamilyState(String name, String description, Kind kind) {
            this.name = name;
            this.description = description;
            this.kind = kind;
        }
    }

    /** Something that is done with a series under the lock. */
    interface Operation {
        double apply(Series series) throws InferenceException;
    }

    /** The way of one instance of a model to its metrics. */
    public ModelMetrics open() {
        return new InstanceMetrics(this);
    }

    /** All families as they are now, by name, and their series by labels. */
    public List<CustomFamily> snapshot() {
        lock.lock();
        try {
            return families.values().stream().map(CustomMetrics::copy).toList();
        } finally {
            lock.unlock();
        }
    }

    private static CustomFamily copy(FamilyState family) {
        List<CustomFamily.Sample> samples = new ArrayList<>();
        family.series.values().forEach(series -> samples.add(series.sample()));
        samples.sort((one, other) -> one.labels().toString().compareTo(other.labels().toString()));
        return new CustomFamily(family.name, family.description, family.kind, samples);
    }

    void holdFamily(String name, String description, Kind kind) throws InferenceException {
        MetricNames.checkFamily(name);
        lock.lock();
        try {
            FamilyState family = families.computeIfAbsent(name, _ -> new FamilyState(name, description, kind));
            if (family.kind != kind) {
                throw new InferenceException(ErrorCode.ALREADY_EXISTS, "Failed to create metric family: '" + name
                        + "' is a " + family.kind + " already, got " + kind);
            }
            family.holders++;
        } finally {
            lock.unlock();
        }
    }

    void releaseFamily(String name) {
        lock.lock();
        try {
            FamilyState family = family(name);
            family.holders--;
            if (family.holders == 0) {
                families.remove(name);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Holds the series of these labels in a family that the caller holds. */
    Series holdSeries(String name, Map<String, String> labels, @Nullable List<Double> buckets)
            throws InferenceException {
        SortedMap<String, String> sorted = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
        lock.lock();
        try {
            FamilyState family = family(name);
            List<Double> bounds = bounds(family.kind, buckets);
            MetricNames.checkLabels(labels.keySet(), family.kind == Kind.HISTOGRAM);
            return family.series.computeIfAbsent(sorted, key -> new Series(family.kind, key, bounds)).held();
        } finally {
            lock.unlock();
        }
    }

    private static List<Double> bounds(Kind kind, @Nullable List<Double> buckets) throws InferenceException {
        if (kind != Kind.HISTOGRAM) {
            if (buckets != null) {
                throw MetricNames.refusal("metric", "Unexpected buckets found.");
            }
            return List.of();
        }
        if (buckets == null) {
            throw MetricNames.refusal("metric", "Missing required buckets.");
        }
        MetricNames.checkBounds(buckets);
        return List.copyOf(buckets);
    }

    void releaseSeries(String name, Series series) {
        lock.lock();
        try {
            if (series.isReleased()) {
                family(name).series.remove(series.labels());
            }
        } finally {
            lock.unlock();
        }
    }

    double apply(Series series, Operation operation) throws InferenceException {
        lock.lock();
        try {
            return operation.apply(series);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private FamilyState family(String name) {
        return Objects.requireNonNull(families.get(name), "a family that is held");
    }
}
