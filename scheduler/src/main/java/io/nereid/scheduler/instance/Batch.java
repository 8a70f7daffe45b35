package io.nereid.scheduler.instance;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.NanoClock;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.statistics.CloseReason;
import io.nereid.statistics.ModelStatistics;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Requests that run together, and what became of each. An {@link InstanceThread} owns one and uses it again for every
 * execution; the model instance sees it only during {@link ModelInstance#execute}. Not thread-safe.
 */
public final class Batch {
    private final NanoClock clock;
    private final ArrayList<QueuedRequest> requests = new ArrayList<>();
    private final ArrayList<@Nullable Object> outcomes = new ArrayList<>();
    private int rows;
    private long startNanos;
    private long inputsReadyNanos;
    /** Meaningless until the backend has said so. */
    private long outputsStartNanos;
    private boolean outputsStarted;
    private long endNanos;

    /** An empty batch whose times are taken from {@code clock}. */
    public Batch(NanoClock clock) {
        this.clock = clock;
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

    private void answer(int index, Object outcome) {
        if (outcomes.get(index) != null) {
            throw new IllegalStateException("request " + index + " of the batch was answered twice");
        }
        outcomes.set(index, outcome);
    }

    /** What an instance thread fills before {@link #start}. */
    List<QueuedRequest> intake() {
        return requests;
    }

    void start() {
        startNanos = clock.nanoTime();
        inputsReadyNanos = startNanos;
        outputsStarted = false;
        rows = 0;
        for (int i = 0; i < requests.size(); i++) {
            rows += requests.get(i).request().batchSize();
            outcomes.add(null);
        }
    }

    /** Gives {@code error} to the requests that have no answer yet. */
    void failUnanswered(InferenceException error) {
        for (int i = 0; i < outcomes.size(); i++) {
            if (outcomes.get(i) == null) {
                fail(i, error);
            }
        }
    }

    /**
     * Ends the execution: releases the inputs, records it, and hands every outcome to its listener. A release or a
     * listener that throws, which no contract allows, is reported to {@code defects} and harms no other request.
     */
    void finish(ModelStatistics statistics, Consumer<Throwable> defects) {
        if (outcomes.contains(null)) {
            failUnanswered(new InferenceException(ErrorCode.INTERNAL, "the backend did not answer the request"));
        }
        endNanos = clock.nanoTime();
        for (int i = 0; i < requests.size(); i++) {
            guarded(requests.get(i).request().memory()::release, defects);
        }
        record(statistics);
        for (int i = 0; i < requests.size(); i++) {
            QueuedRequest queued = requests.get(i);
            Object outcome = outcomes.get(i);
            guarded(() -> deliver(queued, outcome), defects);
        }
        requests.clear();
        outcomes.clear();
    }

    private static void guarded(Runnable step, Consumer<Throwable> defects) {
        try {
            step.run();
        } catch (Throwable e) {
            defects.accept(e);
        }
    }

    private void record(ModelStatistics statistics) {
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
            statistics.recordExecution(rows, CloseReason.INSTANCE_IDLE, inputNanos, inferNanos, outputNanos);
        }
    }

    private static void deliver(QueuedRequest queued, @Nullable Object outcome) {
        if (outcome instanceof InferenceResponse response) {
            queued.listener().onResponse(response);
        } else if (outcome instanceof InferenceException error) {
            queued.listener().onError(error);
        }
    }
}
