package io.nereid.backend.worker;

import io.nereid.backend.worker.memory.Extents;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/** The requests that one worker has, by the number that it calls each. Thread-safe. */
public final class RunningRequests {
    private final Extents extents;
    private final Map<Long, RunningRequest> byHandle = new ConcurrentHashMap<>();
    private final AtomicLong lastHandle = new AtomicLong();

    public RunningRequests(Extents extents) {
        this.extents = extents;
    }

    /**
     * A request that is about to be executed.
     *
     * @param cancelled whether nobody waits for its answer; asked on any thread
     */
    public RunningRequest add(InferenceRequest request, BooleanSupplier cancelled) {
        RunningRequest running = new RunningRequest(lastHandle.incrementAndGet(), request, cancelled);
        byHandle.put(running.handle(), running);
        return running;
    }

    /** The request of that number; null if it has ended. */
    public @Nullable RunningRequest find(long handle) {
        return byHandle.get(handle);
    }

    /** It is not executed after all. */
    public void drop(RunningRequest running) {
        byHandle.remove(running.handle());
    }

    /**
     * An execution has ended, and its answers were read.
     *
     * @param running its requests; they are taken out
     * @param kept the handles of those that the worker still refers to
     */
    void executed(@Nullable RunningRequest[] running, long[] kept) {
        for (int i = 0; i < running.length; i++) {
            RunningRequest request = running[i];
            if (request != null) {
                executed(request, kept.length > 0 && Arrays.stream(kept).anyMatch(each -> each == request.handle()));
                running[i] = null;
            }
        }
    }

    /** Its execution has ended, and its answers were read. */
    public void executed(RunningRequest running, boolean kept) {
        running.executed(kept, extents);
        forgetIfSettled(running);
    }

    /** The worker has no use for its inputs any more. */
    public void release(long handle) {
        RunningRequest running = byHandle.get(handle);
        if (running != null) {
            running.release(extents);
            forgetIfSettled(running);
        }
    }

    /** Queues something to send; does not block. */
    public void send(RunningRequest running, RunningRequest.Step step) {
        running.send(step);
        forgetIfSettled(running);
    }

    /** Queues something to send, which counts as sent at once if nothing else is to be sent; does not block. */
    public void sendAhead(RunningRequest running, RunningRequest.Step step) {
        running.sendAhead(step);
        forgetIfSettled(running);
    }

    private void forgetIfSettled(RunningRequest running) {
        if (running.isSettled()) {
            byHandle.remove(running.handle());
        }
    }

    /** The worker is gone: ends the requests whose execution has ended, by that error. */
    public void fail(InferenceException error) {
        for (RunningRequest running : byHandle.values()) {
            if (running.hasOpenSender()) {
                send(running, RunningRequest.Step.end(error));
            }
        }
    }

    /** Whether responses are to come of requests whose execution has ended. */
    boolean hasOpenSenders() {
        return byHandle.values().stream().anyMatch(RunningRequest::hasOpenSender);
    }
}
