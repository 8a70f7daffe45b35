package io.nereid.perf.report;

import io.nereid.perf.measure.Load;
import io.nereid.perf.measure.Result;
import io.nereid.perf.statistics.ModelStatistics;
import io.nereid.perf.statistics.ServerStatistics;

import java.math.BigDecimal;
import java.util.Optional;

/**
 * One level of load: what the client saw and what the server counted meanwhile.
 *
 * @param server between the first and the last moment of the time measured, or why there is nothing
 */
public record MeasuredLevel(Result result, ServerStatistics server) {
    /** The figure of the level: {@code 8} requests under way, or {@code 120.5} requests a second. */
    String figure() {
        return switch (result.level().load()) {
            case Load.Concurrency concurrency -> Integer.toString(concurrency.requests());
            case Load.RequestRate rate -> new BigDecimal(Double.toString(rate.perSecond())).stripTrailingZeros()
                    .toPlainString();
        };
    }

    /** What the figures of these levels mean. */
    String kind() {
        return isClosedLoop() ? "Concurrency" : "Request rate";
    }

    boolean isClosedLoop() {
        return result.level().load() instanceof Load.Concurrency;
    }

    /** What the server counted of the model that was asked. */
    Optional<ModelStatistics> measuredModel() {
        return server.models().stream().findFirst();
    }

    /**
     * The mean time of a request outside the server's queue and computing, in nanoseconds: network, the server's own
     * reading and writing, and this client; the whole latency where the server gives no statistics.
     */
    double otherNanos() {
        double known = measuredModel().map(model -> model.nanosPerRequest(model.queue()) + computeNanos(model))
                .orElse(0.0);
        return Math.max(0, result.latencies().meanNanos() - known);
    }

    /** The mean time of a request in the model: gathering inputs, computing, writing outputs. */
    static double computeNanos(ModelStatistics model) {
        return model.nanosPerRequest(model.computeInput().plus(model.computeInfer()).plus(model.computeOutput()));
    }
}
