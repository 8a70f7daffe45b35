package io.nereid.backend.python;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.backend.ModelMetrics;
import io.nereid.backend.ModelServices;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.process.Replies;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/** The metrics that one worker has made, by the numbers that it calls them. Thread-safe. */
final class MetricCalls {
    private static final int INCREMENT = 0;
    private static final int SET = 1;
    private static final int OBSERVE = 2;

    private final ModelServices services;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private @Nullable ModelMetrics metrics;
    @GuardedBy("lock")
    private final Map<Long, ModelMetrics.Family> families = new HashMap<>();
    @GuardedBy("lock")
    private final Map<Long, ModelMetrics.Metric> series = new HashMap<>();
    @GuardedBy("lock")
    private long lastNumber;
    @GuardedBy("lock")
    private boolean closed;

    MetricCalls(ModelServices services) {
        this.services = services;
    }

    void family(long call, FrameReader in, Replies replies) throws MalformedFrameException {
        String name = in.str();
        String description = in.str();
        ModelMetrics.Kind kind = kind(in.u8());
        lock.lock();
        try {
            ModelMetrics.Family family = open().family(name, description, kind);
            families.put(++lastNumber, family);
            replies.id(call, lastNumber);
        } catch (InferenceException e) {
            replies.error(call, e);
        } finally {
            lock.unlock();
        }
    }

    private static ModelMetrics.Kind kind(int number) throws MalformedFrameException {
        return switch (number) {
            case 0 -> ModelMetrics.Kind.COUNTER;
            case 1 -> ModelMetrics.Kind.GAUGE;
            case 2 -> ModelMetrics.Kind.HISTOGRAM;
            default -> throw new MalformedFrameException("a metric of kind " + number);
        };
    }

    @GuardedBy("lock")
    private ModelMetrics open() throws InferenceException {
        if (closed) {
            throw new InferenceException(ErrorCode.UNAVAILABLE, "the model is being unloaded");
        }
        ModelMetrics opened = metrics;
        if (opened == null) {
            opened = services.openMetrics();
            metrics = opened;
        }
        return opened;
    }

    void metric(long call, FrameReader in, Replies replies) throws MalformedFrameException {
        long number = in.i64();
        Map<String, String> labels = labels(in);
        List<Double> buckets = in.flag() ? numbers(in) : null;
        lock.lock();
        try {
            ModelMetrics.Family family = families.get(number);
            if (family == null) {
                throw unknown();
            }
            ModelMetrics.Metric metric = family.metric(labels, buckets);
            series.put(++lastNumber, metric);
            replies.id(call, lastNumber);
        } catch (InferenceException e) {
            replies.error(call, e);
        } finally {
            lock.unlock();
        }
    }

    private static Map<String, String> labels(FrameReader in) throws MalformedFrameException {
        int count = in.count(2 * Integer.BYTES);
        Map<String, String> labels = LinkedHashMap.newLinkedHashMap(count);
        for (int i = 0; i < count; i++) {
            String name = in.str();
            labels.put(name, in.str());
        }
        return labels;
    }

    private static List<Double> numbers(FrameReader in) throws MalformedFrameException {
        int count = in.count(Double.BYTES);
        List<Double> numbers = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            numbers.add(in.f64());
        }
        return numbers;
    }

    void operate(long call, FrameReader in, Replies replies) throws MalformedFrameException {
        long number = in.i64();
        int operation = in.u8();
        double value = in.f64();
        try {
            ModelMetrics.Metric metric = find(number);
            switch (operation) {
                case INCREMENT -> metric.increment(value);
                case SET -> metric.set(value);
                case OBSERVE -> metric.observe(value);
                default -> throw new MalformedFrameException("operation " + operation + " on a metric");
            }
            replies.done(call);
        } catch (InferenceException e) {
            replies.error(call, e);
        }
    }

    void value(long call, FrameReader in, Replies replies) throws MalformedFrameException {
        try {
            replies.value(call, find(in.i64()).value());
        } catch (InferenceException e) {
            replies.error(call, e);
        }
    }

    private ModelMetrics.Metric find(long number) throws InferenceException {
        lock.lock();
        try {
            ModelMetrics.Metric metric = series.get(number);
            if (metric == null) {
                throw unknown();
            }
            return metric;
        } finally {
            lock.unlock();
        }
    }

    private static InferenceException unknown() {
        return new InferenceException(ErrorCode.INTERNAL,
                "Invalid metric operation as the corresponding 'MetricFamily' has been deleted.");
    }

    void metricDeleted(long number) {
        ModelMetrics.Metric metric;
        lock.lock();
        try {
            metric = series.remove(number);
        } finally {
            lock.unlock();
        }
        if (metric != null) {
            metric.close();
        }
    }

    void familyDeleted(long number) {
        ModelMetrics.Family family;
        lock.lock();
        try {
            family = families.remove(number);
        } finally {
            lock.unlock();
        }
        if (family != null) {
            family.close();
        }
    }

    /** The worker is gone: all go. */
    void close() {
        ModelMetrics opened;
        lock.lock();
        try {
            closed = true;
            opened = metrics;
            families.clear();
            series.clear();
        } finally {
            lock.unlock();
        }
        if (opened != null) {
            opened.close();
        }
    }
}
