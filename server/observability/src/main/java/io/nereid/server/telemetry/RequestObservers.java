package io.nereid.server.telemetry;

import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.inference.RequestTimes;
import io.nereid.inference.RequestTrace;
import io.nereid.server.ledger.Account;
import io.nereid.server.logging.AccessEntry;
import io.nereid.server.logging.AccessLog;
import io.nereid.server.observation.Arrival;
import io.nereid.server.observation.Observation;
import io.nereid.server.observation.Observers;
import io.nereid.server.tracing.TraceMemory;
import io.nereid.server.tracing.TraceStart;
import io.nereid.server.tracing.Tracing;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;

/** The access log, the traces and the slowest requests of one server, as observers of its requests. Thread-safe. */
public final class RequestObservers implements Observers {
    private static final int MAX_SHOWN_CHARS = 1024;

    private final Tracing tracing;
    private final Account ofTraces;
    private final @Nullable AccessLog accessLog;
    private final SlowestRequests slowest;
    private final NanoClock clock;
    private final InstantSource wallClock;

    /**
     * Those of a server.
     *
     * @param ofTraces what the memory of traces is charged to
     * @param accessLog null for none
     * @param slowest of which versions the slowest requests are wanted
     * @param clock the clock of the models' schedulers
     */
    public RequestObservers(Tracing tracing, Account ofTraces, @Nullable AccessLog accessLog, SlowestRequests slowest,
            NanoClock clock, InstantSource wallClock) {
        this.tracing = tracing;
        this.ofTraces = ofTraces;
        this.accessLog = accessLog;
        this.slowest = slowest;
        this.clock = clock;
        this.wallClock = wallClock;
    }

    @Override
    public boolean isOn() {
        return accessLog != null || tracing.isOn() || slowest.isOn();
    }

    @Override
    public long nanoTime() {
        return clock.nanoTime();
    }

    @Override
    public @Nullable Observation begin(String model, long version, Arrival arrival) {
        TraceStart trace = tracing.isOn() ? tracing.begin(model, arrival::header) : null;
        SlowestOfVersion ofVersion = slowest.find(model, version);
        if (trace == null && accessLog == null && ofVersion == null) {
            return null;
        }
        return new ObservedRequest(this, trace, trace == null ? null : traceMemory(), ofVersion, model, version,
                arrival, new RequestTimes());
    }

    @Override
    public @Nullable Observation beginChild(RequestTrace parent, String model, long version, RequestTimes times) {
        return parent instanceof ObservedTrace(TraceStart start)
                ? new ObservedRequest(this, tracing.beginChild(start), traceMemory(), null, model, version, null,
                        times)
                : null;
    }

    private TraceMemory traceMemory() {
        return new TraceMemory(ofTraces.request(), tracing.keepsElements());
    }

    @Override
    public void refused(String id, String model, String version, Arrival arrival, InferenceException error,
            int httpStatus) {
        if (accessLog != null) {
            long totalNanos = nanoTime() - arrival.startNanos();
            accessLog.add(
                    new AccessEntry(started(totalNanos), arrival.protocol().word(), arrival.client(), shortened(id),
                            shortened(model), shortened(version), 0, 0, null, null, null, null, micros(totalNanos), 0,
                            status(error), httpStatus,
                            shortened(error.text()), arrival.bytes(), 0));
        }
    }

    boolean wantsEntries() {
        return accessLog != null;
    }

    void add(AccessEntry entry) {
        if (accessLog != null) {
            accessLog.add(entry);
        }
    }

    Tracing tracing() {
        return tracing;
    }

    /** When something began that has taken so long. */
    Instant started(long totalNanos) {
        return wallClock.instant().minus(Duration.ofNanos(totalNanos));
    }

    /** What a client chose the length of waits in the queues of log and traces, and so is kept short. */
    static String shortened(String text) {
        return text.length() <= MAX_SHOWN_CHARS ? text : text.substring(0, MAX_SHOWN_CHARS) + "...";
    }

    static String status(@Nullable InferenceException error) {
        return error == null ? "ok" : error.code().name().toLowerCase(Locale.ROOT);
    }

    static long micros(long nanos) {
        return nanos / 1000;
    }
}
