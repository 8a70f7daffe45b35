package io.nereid.server.telemetry;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.RequestTimes;
import io.nereid.inference.RequestTrace;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.Tensor;
import io.nereid.server.logging.AccessEntry;
import io.nereid.server.observation.Arrival;
import io.nereid.server.observation.Observation;
import io.nereid.server.observation.Protocol;
import io.nereid.server.tracing.TensorCopy;
import io.nereid.server.tracing.Trace;
import io.nereid.server.tracing.TraceEvent;
import io.nereid.server.tracing.TraceMemory;
import io.nereid.server.tracing.TraceStart;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The observation of one request for the access log, its trace and the slowest requests of its model: collects what is
 * reported, and at its end writes the log's entry, ends the trace and says how long it took. Thread-safe.
 */
final class ObservedRequest implements Observation {
    private static final Logger LOG = LoggerFactory.getLogger(ObservedRequest.class);
    private static final String QUEUE_INPUT = "TENSOR_QUEUE_INPUT";

    private final RequestObservers observers;
    private final @Nullable TraceStart trace;
    private final String model;
    /** Null where no client has sent it, as for the next three. */
    private final @Nullable Protocol protocol;
    private final String client;
    private final long bytesIn;
    private final long receiveStartNanos;
    private final long receiveEndNanos;
    private final RequestTimes times;
    /** Of its trace; null without one. */
    private final @Nullable TraceMemory memory;
    /** Null where nobody asks for those. */
    private final @Nullable SlowestOfVersion slowest;

    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final List<TraceEvent> events = new ArrayList<>();
    @GuardedBy("lock")
    private long version;
    @GuardedBy("lock")
    private String id = "";
    @GuardedBy("lock")
    private int batchSize;
    @GuardedBy("lock")
    private long submittedNanos;
    @GuardedBy("lock")
    private int responses;
    @GuardedBy("lock")
    private long bytesOut;
    @GuardedBy("lock")
    private int httpStatus;
    @GuardedBy("lock")
    private @Nullable InferenceException error;
    @GuardedBy("lock")
    private boolean sending;
    @GuardedBy("lock")
    private boolean ended;

    /**
     * @param memory of its trace, which is released with it; null without one
     * @param slowest where it may be one of the slowest; null for nowhere
     * @param arrival null for a request that the server has made itself, which the access log does not have
     */
    ObservedRequest(RequestObservers observers, @Nullable TraceStart trace, @Nullable TraceMemory memory,
            @Nullable SlowestOfVersion slowest, String model, long version, @Nullable Arrival arrival,
            RequestTimes times) {
        this.memory = memory;
        this.slowest = slowest;
        this.observers = observers;
        this.trace = trace;
        this.model = model;
        this.version = version;
        this.times = times;
        this.protocol = arrival == null ? null : arrival.protocol();
        this.client = arrival == null ? "" : arrival.client();
        this.bytesIn = arrival == null ? 0 : arrival.bytes();
        this.receiveStartNanos = arrival == null ? 0 : arrival.startNanos();
        this.receiveEndNanos = arrival == null ? 0 : arrival.endNanos();
        if (arrival != null) {
            events.add(new TraceEvent.Timestamp(arrival.protocol().receiveStart(), receiveStartNanos));
            events.add(new TraceEvent.Timestamp(arrival.protocol().receiveEnd(), receiveEndNanos));
        }
    }

    @Override
    public RequestTimes times() {
        return times;
    }

    @Override
    public @Nullable RequestTrace trace() {
        return trace == null ? null : new ObservedTrace(trace);
    }

    @Override
    public void named(String name) {
        lock.lock();
        try {
            id = name;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void servedBy(long chosen) {
        lock.lock();
        try {
            version = chosen;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void submitted(InferenceRequest request) {
        long now = observers.nanoTime();
        lock.lock();
        try {
            List<TensorCopy> copies = copies(request.inputs());
            id = request.id();
            batchSize = request.batchSize();
            submittedNanos = now;
            events.add(new TraceEvent.Timestamp("REQUEST_START", now));
            copies.forEach(copy -> events.add(new TraceEvent.TensorActivity(QUEUE_INPUT, now, copy)));
        } finally {
            lock.unlock();
        }
    }

    /** As many, and as much of each, as the trace has memory for. */
    @GuardedBy("lock")
    private List<TensorCopy> copies(List<Tensor> tensors) {
        TraceMemory of = memory;
        if (trace == null || of == null || ended || !trace.wantsTensors()) {
            return List.of();
        }
        return tensors.stream().filter(_ -> of.takeEvent()).map(tensor -> TensorCopy.of(tensor, of)).toList();
    }

    @Override
    public ResponseListener before(ResponseListener listener) {
        return new ResponseListener() {
            @Override
            public void onResponse(InferenceResponse response, boolean last) {
                quietly(() -> responded(response, last));
                listener.onResponse(response, last);
            }

            @Override
            public void onFailedResponse(InferenceException failure) {
                listener.onFailedResponse(failure);
            }

            @Override
            public void onEnd() {
                quietly(ObservedRequest.this::completed);
                listener.onEnd();
            }

            @Override
            public void onError(InferenceException failure) {
                quietly(ObservedRequest.this::completed);
                listener.onError(failure);
            }
        };
    }

    /** What goes wrong in watching a request must not cost its client the answer. */
    private static void quietly(Runnable watching) {
        try {
            watching.run();
        } catch (RuntimeException | Error e) {
            LOG.error("a request could not be observed", e);
        }
    }

    private void responded(InferenceResponse response, boolean last) {
        long now = observers.nanoTime();
        lock.lock();
        try {
            List<TensorCopy> copies = copies(response.outputs());
            responses++;
            copies.forEach(copy -> events.add(new TraceEvent.TensorActivity("TENSOR_BACKEND_OUTPUT", now, copy)));
            if (last) {
                complete(now);
            }
        } finally {
            lock.unlock();
        }
    }

    private void completed() {
        long now = observers.nanoTime();
        lock.lock();
        try {
            complete(now);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void complete(long now) {
        events.add(new TraceEvent.Timestamp("INFER_RESPONSE_COMPLETE", now));
        events.add(new TraceEvent.Timestamp("REQUEST_END", now));
    }

    @Override
    public void sending(long bytes) {
        long now = observers.nanoTime();
        lock.lock();
        try {
            bytesOut += bytes;
            if (!sending && protocol != null) {
                sending = true;
                events.add(new TraceEvent.Timestamp(protocol.sendStart(), now));
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void status(int http) {
        lock.lock();
        try {
            httpStatus = httpStatus == 0 ? http : httpStatus;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void failed(InferenceException failure) {
        lock.lock();
        try {
            error = error == null ? failure : error;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void end() {
        long now = observers.nanoTime();
        AccessEntry entry;
        Trace traced;
        SlowRequest slow;
        lock.lock();
        try {
            if (ended) {
                return;
            }
            ended = true;
            slow = slowest != null && slowest.isSlow(now, now - receiveStartNanos) ? slow(now) : null;
            entry = protocol == null || !observers.wantsEntries() ? null : entry(protocol, now);
            traced = trace == null || memory == null ? null : trace(trace, memory, now);
        } finally {
            lock.unlock();
        }
        if (slowest != null && slow != null) {
            slowest.add(now, slow);
        }
        if (entry != null) {
            observers.add(entry);
        }
        if (traced != null) {
            observers.tracing().end(traced);
        }
    }

    @GuardedBy("lock")
    private SlowRequest slow(long now) {
        RequestTimes.Executed run = executed(now);
        return new SlowRequest(id, receiveStartNanos, now - receiveStartNanos,
                run == null ? 0 : run.rows(), RequestObservers.status(error),
                SlowRequest.steps(receiveStartNanos, receiveEndNanos, submittedNanos, times, run, now));
    }

    @GuardedBy("lock")
    private AccessEntry entry(Protocol by, long now) {
        RequestTimes.Executed run = executed(now);
        Long queued = times.queuedNanos();
        InferenceException failure = error;
        return new AccessEntry(observers.started(now - receiveStartNanos), by.word(), client,
                RequestObservers.shortened(id), model,
                Long.toString(version), batchSize, run == null ? 0 : run.rows(),
                run == null || queued == null ? null : Long.valueOf(RequestObservers.micros(run.startNanos() - queued)),
                run == null ? null : Long.valueOf(RequestObservers.micros(run.inputsReadyNanos() - run.startNanos())),
                run == null ? null
                        : Long.valueOf(RequestObservers.micros(run.outputsStartNanos() - run.inputsReadyNanos())),
                run == null ? null : Long.valueOf(RequestObservers.micros(run.endNanos() - run.outputsStartNanos())),
                RequestObservers.micros(now - receiveStartNanos), responses, RequestObservers.status(failure),
                httpStatus,
                failure == null ? "" : RequestObservers.shortened(failure.text()), bytesIn, bytesOut);
    }

    /** The execution; of one that goes on, as of a decoupled model that has answered, what is over of it. */
    private RequestTimes.@Nullable Executed executed(long now) {
        RequestTimes.Executed run = times.executed();
        Long started = times.startNanos();
        return run != null || started == null ? run : new RequestTimes.Executed(0, started, started, now, now);
    }

    @GuardedBy("lock")
    private Trace trace(TraceStart start, TraceMemory of, long now) {
        List<TraceEvent> all = new ArrayList<>(events);
        if (sending && protocol != null) {
            all.add(new TraceEvent.Timestamp(protocol.sendEnd(), now));
        }
        addSchedulers(all, now);
        all.removeIf(event -> event instanceof TraceEvent.Timestamp && !start.wantsTimestamps());
        all.sort(Comparator.comparingLong(TraceEvent::nanos));
        return new Trace(start, model, version, RequestObservers.shortened(id),
                error == null ? "" : RequestObservers.shortened(error.text()), all, of);
    }

    private void addSchedulers(List<TraceEvent> all, long now) {
        Long queued = times.queuedNanos();
        if (queued != null) {
            all.add(new TraceEvent.Timestamp("QUEUE_START", queued));
        }
        RequestTimes.Executed run = executed(now);
        if (run != null) {
            for (TraceEvent event : List.copyOf(all)) {
                if (event instanceof TraceEvent.TensorActivity(String activity, long _, TensorCopy tensor)
                        && activity.equals(QUEUE_INPUT)) { // the backend sees what was queued
                    all.add(new TraceEvent.TensorActivity("TENSOR_BACKEND_INPUT", run.startNanos(), tensor));
                }
            }
            all.add(new TraceEvent.Timestamp("COMPUTE_START", run.startNanos()));
            all.add(new TraceEvent.Timestamp("COMPUTE_INPUT_END", run.inputsReadyNanos()));
            all.add(new TraceEvent.Timestamp("COMPUTE_OUTPUT_START", run.outputsStartNanos()));
            all.add(new TraceEvent.Timestamp("COMPUTE_END", run.endNanos()));
        }
    }
}
