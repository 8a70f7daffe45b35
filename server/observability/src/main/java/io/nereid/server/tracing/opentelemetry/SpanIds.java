package io.nereid.server.tracing.opentelemetry;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.sdk.trace.IdGenerator;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.locks.ReentrantLock;

/**
 * Starts spans by ids that others refer to them by already, and others by random ones. All spans of the SDK that has
 * this generator are started here, one at a time. Thread-safe.
 */
final class SpanIds implements IdGenerator {
    private final IdGenerator random = IdGenerator.random();
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private @Nullable String traceId;
    @GuardedBy("lock")
    private @Nullable String spanId;

    /**
     * Starts a span.
     *
     * @param newTraceId the id of the trace that it begins if it has no parent; null for a random one
     * @param newSpanId its own id; null for a random one
     */
    Span start(SpanBuilder builder, @Nullable String newTraceId, @Nullable String newSpanId) {
        lock.lock();
        try {
            traceId = newTraceId;
            spanId = newSpanId;
            return builder.startSpan();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String generateSpanId() {
        lock.lock();
        try {
            return spanId == null ? random.generateSpanId() : spanId;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String generateTraceId() {
        lock.lock();
        try {
            return traceId == null ? random.generateTraceId() : traceId;
        } finally {
            lock.unlock();
        }
    }
}
