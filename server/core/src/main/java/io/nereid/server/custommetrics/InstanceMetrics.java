package io.nereid.server.custommetrics;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.backend.ModelMetrics;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/** What one instance of a model has of the {@link CustomMetrics}. Thread-safe. */
final class InstanceMetrics implements ModelMetrics {
    private static final String DELETED = "Invalid metric operation as the corresponding 'MetricFamily' has been"
            + " deleted. The 'MetricFamily' object should be deleted AFTER its corresponding 'Metric' objects have been"
            + " deleted.";

    private final CustomMetrics all;
    /** Before that of the registry. */
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final Set<HeldFamily> families = new HashSet<>();
    @GuardedBy("lock")
    private boolean closed;

    InstanceMetrics(CustomMetrics all) {
        this.all = all;
    }

    @Override
    public Family family(String name, String description, Kind kind) throws InferenceException {
        lock.lock();
        try {
            if (closed) {
                throw new InferenceException(ErrorCode.UNAVAILABLE,
                        "Failed to create metric family: the instance of the model has ended");
            }
            all.holdFamily(name, description, kind);
            HeldFamily held = new HeldFamily(name);
            families.add(held);
            return held;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            List.copyOf(families).forEach(HeldFamily::close);
        } finally {
            lock.unlock();
        }
    }

    private final class HeldFamily implements Family {
        private final String name;
        /** Those that were not closed; guarded by the lock of the instance. */
        private final Set<HeldMetric> metrics = new HashSet<>();

        private HeldFamily(String name) {
            this.name = name;
        }

        @Override
        public Metric metric(Map<String, String> labels, @Nullable List<Double> buckets) throws InferenceException {
            lock.lock();
            try {
                if (!families.contains(this)) {
                    throw new InferenceException(ErrorCode.INVALID_ARG, DELETED);
                }
                HeldMetric held = new HeldMetric(this, all.holdSeries(name, labels, buckets));
                metrics.add(held);
                return held;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            lock.lock();
            try {
                if (families.remove(this)) {
                    List.copyOf(metrics).forEach(HeldMetric::close);
                    all.releaseFamily(name);
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private final class HeldMetric implements Metric {
        private final HeldFamily family;
        private final Series series;

        private HeldMetric(HeldFamily family, Series series) {
            this.family = family;
            this.series = series;
        }

        @Override
        public void increment(double by) throws InferenceException {
            double _ = apply(held -> {
                held.increment(by);
                return by;
            });
        }

        @Override
        public void set(double value) throws InferenceException {
            double _ = apply(held -> {
                held.set(value);
                return value;
            });
        }

        @Override
        public void observe(double value) throws InferenceException {
            double _ = apply(held -> {
                held.observe(value);
                return value;
            });
        }

        @Override
        public double value() throws InferenceException {
            return apply(Series::value);
        }

        private double apply(CustomMetrics.Operation operation) throws InferenceException {
            lock.lock();
            try {
                if (!family.metrics.contains(this)) {
                    throw new InferenceException(ErrorCode.INVALID_ARG, DELETED);
                }
                return all.apply(series, operation);
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            lock.lock();
            try {
                if (family.metrics.remove(this)) {
                    all.releaseSeries(family.name, series);
                }
            } finally {
                lock.unlock();
            }
        }
    }
}
