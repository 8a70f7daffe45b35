package io.nereid.scheduler.instance;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.NanoClock;
import io.nereid.inference.Outcome;
import io.nereid.scheduler.Execution;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.statistics.CloseReason;
import io.nereid.statistics.ModelStatistics;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Requests that run together, and what became of each. An {@link InstanceThread} owns one and uses it again for every
 * execution; the model instance sees it only during {@link ModelInstance#execute}. Not thread-safe, but for
 * {@link #giveUp}.
 */
public final class Batch implements Execution {
    private final NanoClock clock;
    private final Runnable terminator;
    private final ArrayList<@Nullable Outcome> outcomes = new ArrayList<>();
    private List<QueuedRequest> requests = List.of();
    private int rows;
    private long startNanos;
    private long inputsReadyNanos;
    /** Meaningless until the backend has said so. */
    private long outputsStartNanos;
    private boolean outputsStarted;
    private long endNanos;

    private final ReentrantLock lock = new ReentrantLock();
    /** The requests under way; null between executions. */
    @GuardedBy("lock")
    private @Nullable List<QueuedRequest> running;
    @GuardedBy("lock")
    private boolean terminated;

    /**
     * An empty batch.
     *
     * @param clock where its times come from
     * @param terminator ends the execution under way; called on any thread, at most once for each, while it is under way
     */
    public Batch(NanoClock clock, Runnable terminator) {
        this.clock = clock;
        this.terminator = terminator;
    }

    /** How many requests there are, at least one. */
    public int size() {
        return requests.size();
    }

    /** Request number {@code index}; the batch's owner keeps its memory until the execution is over. */
    public InferenceRequest request(int index) {
        return requests.get(index).request();
    }

    /** The batch sizes of all requests together: the outermost dimension of a gathered input. */
    public int rows() {
        return rows;
    }

    /** Says that the inputs lie ready and the model starts to compute; without it compute input counts no time. */
    public void inputsReady() {
        inputsReadyNanos = clock.nanoTime();
    }

    /** Says that the model has computed and the outputs are being shared out; without it compute output counts no time. */
    public void outputsStart() {
        outputsStarted = true;
        outputsStartNanos = clock.nanoTime();
    }

    /**
     * Answers request number {@code index}; the batch owns the response from here on.
     *
     * @throws IllegalStateException if it has an answer: that one stays, the batch drops this one
     */
    public void respond(int index, InferenceResponse response) {
        if (outcomes.get(index) != null) {
            response.memory().release();
        }
        answer(index, response);
    }

    /**
     * Fails request number {@code index}.
     *
     * @throws IllegalStateException if it has an answer: that one stays
     */
    public void fail(int index, InferenceException error) {
        answer(index, error);
    }

    private void answer(int index, Outcome outcome) {
        if (outcomes.get(index) != null) {
            throw new IllegalStateException("request " + index + " of the batch was answered twice");
        }
        outcomes.set(index, outcome);
    }

    @Override
    public void giveUp(QueuedRequest request) {
        lock.lock();
        try {
            if (running != null && running.contains(request)) {
                terminateIfUnwanted(running);
            }
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void terminateIfUnwanted(List<QueuedRequest> under) {
        for (int i = 0; i < under.size(); i++) {
            if (!under.get(i).isGivenUp()) {
                return;
            }
        }
        if (!terminated) {
            terminated = true;
            terminator.run();
        }
    }

    /** Begins to run {@code taken}, at least one request; they are the batch's until {@link #finish}. */
    void start(List<QueuedRequest> taken) {
        requests = taken;
        startNanos = clock.nanoTime();
        inputsReadyNanos = startNanos;
        outputsStarted = false;
        rows = 0;
        for (int i = 0; i < requests.size(); i++) {
            rows += requests.get(i).request().batchSize();
            outcomes.add(null);
        }
        lock.lock();
        try {
            running = requests;
            terminateIfUnwanted(requests); // given up between the queue and here
        } finally {
            lock.unlock();
        }
    }

    /** The instance has returned: nothing is terminated any more. Says whether that was done. */
    boolean end() {
        endNanos = clock.nanoTime();
        lock.lock();
        try {
            boolean wasTerminated = terminated;
            running = null;
            terminated = false;
            return wasTerminated;
        } finally {
            lock.unlock();
        }
    }

    /** Whether every request was answered without an error. */
    boolean isAnswered() {
        for (int i = 0; i < outcomes.size(); i++) {
            if (!(outcomes.get(i) instanceof InferenceResponse)) {
                return false;
            }
        }
        return true;
    }

    /** Gives {@code error} to the requests that have no answer yet. */
    void failUnanswered(InferenceException error) {
        for (int i = 0; i < outcomes.size(); i++) {
            if (outcomes.get(i) == null) {
                outcomes.set(i, error);
            }
        }
    }

    /**
     * Finishes an execution that has ended: releases the inputs, records it, and hands every outcome to
     * {@code delivery}, which does not throw. A release that throws, which no contract allows, is reported to
     * {@code defects} and harms no other request.
     */
    void finish(CloseReason reason, ModelStatistics statistics, BiConsumer<QueuedRequest, Outcome> delivery,
            Consumer<Throwable> defects) {
        if (outcomes.contains(null)) {
            failUnanswered(new InferenceException(ErrorCode.INTERNAL, "the backend did not answer the request"));
        }
        for (int i = 0; i < requests.size(); i++) {
            release(requests.get(i), defects);
        }
        try {
            record(reason, statistics);
        } catch (Throwable e) { // the requests must hear of their end all the same
            defects.accept(e);
        }
        for (int i = 0; i < requests.size(); i++) {
            delivery.accept(requests.get(i), Objects.requireNonNull(outcomes.get(i)));
        }
        requests.clear();
        outcomes.clear();
    }

    private static void release(QueuedRequest queued, Consumer<Throwable> defects) {
        try {
            queued.request().memory().release();
        } catch (Throwable e) {
            defects.accept(e);
        }
    }

    private void record(CloseReason reason, ModelStatistics statistics) {
        long inputNanos = inputsReadyNanos - startNanos;
        long inferNanos = (outputsStarted ? outputsStartNanos : endNanos) - inputsReadyNanos;
        long outputNanos = outputsStarted ? endNanos - outputsStartNanos : 0;
        boolean anySuccess = false;
        for (int i = 0; i < requests.size(); i++) {
            QueuedRequest queued = requests.get(i);
            if (outcomes.get(i) instanceof InferenceResponse) {
                anySuccess = true;
                statistics.recordSuccess(queued.request().batchSize(), startNanos - queued.queuedNanos(),
                        inputNanos, inferNanos, outputNanos);
            } else {
                statistics.recordFailure(endNanos - queued.queuedNanos());
            }
        }
        if (anySuccess) {
            statistics.recordExecution(rows, reason, inputNanos, inferNanos, outputNanos);
        }
    }
}
