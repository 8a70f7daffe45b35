package io.nereid.scheduler.instance;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.Outcome;
import io.nereid.inference.RequestTimes;
import io.nereid.inference.ResponseListener;
import io.nereid.scheduler.Execution;
import io.nereid.scheduler.ExecutionResults;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.scheduler.Release;
import io.nereid.scheduler.SequenceState;
import io.nereid.statistics.CloseReason;
import io.nereid.statistics.FailureReason;
import io.nereid.statistics.InstanceStatistics;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Requests that run together, and what became of each. An {@link InstanceRunner} owns one and uses it again for every
 * execution; the model instance sees it only during {@link ModelInstance#execute}. Not thread-safe, but for
 * {@link #cancel}.
 */
public final class Batch implements Execution {
    private final InstanceStatistics instance;
    private final InstanceEnvironment environment;
    private final OpenSenders openSenders;
    private final ExecutionResults results;
    private final BatchCancellation cancellation;
    private final ExecutionTimes times;
    private final ExecutionRecord record;
    private final ArrayList<@Nullable Outcome> outcomes = new ArrayList<>();
    /** As long as the outcomes if a sender was taken, else empty. */
    private final ArrayList<@Nullable ResponseSender> senders = new ArrayList<>(0);
    /** Requests whose answer is an error of the model's. */
    private final BitSet errorsOfModel = new BitSet(0);
    /** Requests whose memory the backend has taken. */
    private final BitSet kept = new BitSet(0);
    /** Requests that are to run again. */
    private final BitSet rescheduled = new BitSet(0);
    private List<QueuedRequest> requests = List.of();
    private int rows;

    /**
     * An empty batch.
     *
     * @param instance what runs it; the caller closes it
     * @param openSenders counts the senders that are taken from it
     * @param terminator ends the execution under way; called on any thread, at most once for each, while it is under
     *     way
     * @param results receives every outcome but those of a decoupled model's senders
     */
    Batch(InstanceStatistics instance, InstanceEnvironment environment, OpenSenders openSenders,
            Runnable terminator, ExecutionResults results) {
        this.instance = instance;
        this.environment = environment;
        this.openSenders = openSenders;
        this.results = results;
        this.cancellation = new BatchCancellation(terminator);
        this.times = new ExecutionTimes(environment.clock());
        this.record = new ExecutionRecord(instance, environment, times);
    }

    /** How many requests there are, at least one. */
    public int size() {
        return requests.size();
    }

    /**
     * Request number {@code index}; its memory is released when the execution is over, unless {@link #keepMemory} took
     * it or it is to {@link #reschedule run again}.
     */
    public InferenceRequest request(int index) {
        return requests.get(index).request();
    }

    /**
     * Takes the memory of request number {@code index}, for a backend that uses the inputs after the execution: it
     * releases what it is given, once, on any thread.
     *
     * @throws IllegalStateException if it has been taken
     */
    public Lease keepMemory(int index) {
        if (kept.get(index)) {
            throw new IllegalStateException("the memory of request " + index + " of the batch was taken twice");
        }
        Lease memory = request(index).memory();
        if (environment.iterative()) {
            return memory.retain(1); // counted: the request holds it, too, as long as it may run again
        }
        kept.set(index);
        return memory;
    }

    /** What is kept of the sequence of request number {@code index}; null where it belongs to none. */
    public @Nullable SequenceState sequenceState(int index) {
        return requests.get(index).sequenceState();
    }

    /** The batch sizes of all requests together: the outermost dimension of a gathered input. */
    public int rows() {
        return rows;
    }

    /** Says that the inputs lie ready and the model starts to compute; without it compute input counts no time. */
    public void inputsReady() {
        times.inputsReady();
    }

    /**
     * Says that the model has computed and the outputs are being shared out; without it compute output counts no time.
     */
    public void outputsStart() {
        times.outputsStart();
    }

    /**
     * Answers request number {@code index}; the batch owns the response from here on.
     *
     * @throws IllegalStateException if it has an answer: that one stays, the batch drops this one
     */
    public void respond(int index, InferenceResponse response) {
        if (isAnswered(index)) {
            response.memory().release();
        }
        answer(index, response);
    }

    /**
     * Answers request number {@code index} with an error that the model itself has given as its answer: the model has
     * done its work, and the statistics count the request as successful.
     *
     * @throws IllegalStateException if it has an answer: that one stays
     */
    public void respond(int index, InferenceException answer) {
        answer(index, answer);
        errorsOfModel.set(index);
    }

    /**
     * What says whether nobody waits for the answer to request number {@code index} any more; asked on any thread,
     * during the execution or after it.
     */
    public BooleanSupplier cancelled(int index) {
        return requests.get(index)::isCancelled;
    }

    /**
     * Fails request number {@code index}.
     *
     * @throws IllegalStateException if it has an answer: that one stays
     */
    public void fail(int index, InferenceException error) {
        answer(index, error);
    }

    /**
     * Puts request number {@code index} back into its sequence instead of ending it: it runs again in a later batch, with
     * neither the START nor the END flag. If a sender was taken for it, that has to end by
     * {@link ResponseSender#endTurn}, now or later; the request waits for that. When that is later, it should be for the
     * client alone: a sequence that waits too long gives its place to others.
     *
     * @throws UnsupportedOperationException if the model has no iterative sequences
     * @throws IllegalStateException if it has an answer, or was put back
     */
    public void reschedule(int index) {
        if (!environment.iterative()) {
            throw new UnsupportedOperationException("the model has no iterative sequences");
        }
        if (outcomes.get(index) != null || rescheduled.get(index)) {
            throw new IllegalStateException("request " + index + " of the batch is over, and was put back");
        }
        rescheduled.set(index);
    }

    private void answer(int index, Outcome outcome) {
        requireUnanswered(index);
        outcomes.set(index, outcome);
    }

    /**
     * The way to answer request number {@code index} also after the execution, on any thread; whoever has it ends it. A
     * decoupled model sends any number of responses, any other exactly one, as the last. The memory of the request is
     * released when the execution ends, unless {@link #keepMemory} took it.
     *
     * @throws IllegalStateException if it has an answer or a sender
     */
    public ResponseSender sender(int index) {
        requireUnanswered(index);
        while (senders.size() < requests.size()) {
            senders.add(null);
        }
        cancellation.detach();
        QueuedRequest request = requests.get(index);
        ResponseSender sender = new ResponseSender(request, listener(request), environment, openSenders,
                times.startNanos());
        senders.set(index, sender);
        request.runBy(sender);
        return sender;
    }

    private ResponseListener listener(QueuedRequest request) {
        return environment.decoupled() || request.isNullRow() ? request.listener()
                : new LateOutcome(request, results);
    }

    private void requireUnanswered(int index) {
        if (isAnswered(index)) {
            throw new IllegalStateException("request " + index + " of the batch was answered twice");
        }
    }

    private boolean isAnswered(int index) {
        return outcomes.get(index) != null || senderOf(index) != null || rescheduled.get(index);
    }

    private @Nullable ResponseSender senderOf(int index) {
        return senders.isEmpty() ? null : senders.get(index);
    }

    @Override
    public void cancel(QueuedRequest request) {
        cancellation.cancel(request);
    }

    /** Begins to run {@code taken}, at least one request; they are the batch's until {@link #finish}. */
    void start(List<QueuedRequest> taken) {
        requests = taken;
        times.start();
        rows = 0;
        for (int i = 0; i < requests.size(); i++) {
            InferenceRequest request = requests.get(i).request();
            rows += request.batchSize();
            RequestTimes wanted = request.times();
            if (wanted != null) {
                wanted.started(times.startNanos());
            }
            outcomes.add(null);
        }
        cancellation.begin(requests);
    }

    /** The instance has returned: nothing is terminated any more. Says whether that was done. */
    boolean end() {
        times.end();
        return cancellation.end();
    }

    /** How long the execution took that has ended. */
    long executionNanos() {
        return times.executionNanos();
    }

    /** Whether every request was answered without an error, as far as answers are known. */
    boolean isAnswered() {
        for (int i = 0; i < outcomes.size(); i++) {
            if (!isSuccessful(i)) {
                return false;
            }
        }
        return true;
    }

    private boolean isSuccessful(int index) {
        if (requests.get(index).isNullRow()) {
            return true;
        }
        ResponseSender sender = senderOf(index);
        if (rescheduled.get(index)) { // one that was cancelled fails when it does not run again
            return sender == null || !sender.hasFailed();
        }
        return sender == null ? outcomes.get(index) instanceof InferenceResponse || errorsOfModel.get(index)
                : sender.isSuccessful();
    }

    /** Gives {@code error} to the requests that have neither an answer nor a sender. */
    void failUnanswered(InferenceException error) {
        for (int i = 0; i < outcomes.size(); i++) {
            if (!isAnswered(i)) {
                outcomes.set(i, error);
            }
        }
    }

    /** Ends the senders that are open: the execution has failed, and nobody knows whether it has handed them on. */
    void abortSenders(InferenceException error) {
        for (int i = 0; i < senders.size(); i++) {
            ResponseSender sender = senders.get(i);
            if (sender != null) {
                sender.abort(error);
            }
        }
    }

    /**
     * Finishes an execution that has ended: releases the inputs, records it, and delivers every outcome; a request
     * whose sender was taken has none, nor has one that runs again. A release that throws, which no contract allows, is reported and harms no other
     * request.
     */
    void finish(CloseReason reason) {
        complete(reason);
        for (int i = 0; environment.iterative() && i < requests.size(); i++) {
            handBack(i);
        }
        for (int i = 0; i < requests.size(); i++) {
            Outcome outcome = outcomes.get(i);
            if (outcome != null) {
                deliver(requests.get(i), outcome);
            }
        }
        clear();
    }

    /**
     * Finishes likewise an execution of one request, of a model without iterative sequences, and leaves its outcome to
     * the caller to deliver.
     *
     * @return null where a sender was taken
     */
    @Nullable
    Outcome finishOnly(CloseReason reason) {
        complete(reason);
        Outcome outcome = outcomes.getFirst();
        clear();
        return outcome;
    }

    private void complete(CloseReason reason) {
        if (outcomes.contains(null)) {
            failUnanswered(new InferenceException(ErrorCode.INTERNAL, "the backend did not answer the request"));
        }
        for (int i = 0; i < requests.size(); i++) {
            if (!kept.get(i) && !rescheduled.get(i)) {
                release(requests.get(i));
            }
        }
        try {
            recordAll(reason);
        } catch (Throwable e) { // the requests must end all the same
            environment.internalErrors().unexpected(instance.name(), e);
        }
    }

    private void clear() {
        requests.clear();
        outcomes.clear();
        senders.clear();
        kept.clear();
        rescheduled.clear();
        errorsOfModel.clear();
    }

    /** Tells the scheduler whether the request is over, as soon as all that it has sent has been sent. */
    private void handBack(int index) {
        QueuedRequest request = requests.get(index);
        ResponseSender sender = senderOf(index);
        if (request.isNullRow()) {
            return;
        }
        if (!rescheduled.get(index)) {
            results.release(request, Release.ALL);
        } else if (sender == null) {
            results.release(request, Release.RESCHEDULE);
        } else {
            if (!sender.hasEnded()) {
                results.awaitRelease(request);
            }
            sender.whenReleased(release -> handBack(request, release));
        }
    }

    /** One that was to run again may have ended all the same, as by a failure. */
    private void handBack(QueuedRequest request, Release release) {
        if (release == Release.ALL) {
            release(request);
        }
        results.release(request, release);
    }

    private void deliver(QueuedRequest queued, Outcome outcome) {
        if (queued.isNullRow()) {
            outcome.sendTo(queued.listener());
        } else {
            results.deliver(queued, outcome);
        }
    }

    private void release(QueuedRequest queued) {
        try {
            queued.request().memory().release();
        } catch (Throwable e) {
            environment.internalErrors().unexpected(instance.name(), e);
        }
    }

    private void recordAll(CloseReason reason) {
        boolean anySuccess = false;
        for (int i = 0; i < requests.size(); i++) {
            QueuedRequest queued = requests.get(i);
            if (!queued.isNullRow()) {
                record.times(queued, rows);
                anySuccess |= record(i, queued);
            }
        }
        record.execution(rows, reason, anySuccess);
    }

    /** Records a request, and says whether it was successful. */
    private boolean record(int index, QueuedRequest queued) {
        boolean success = isSuccessful(index);
        boolean streamed = senderOf(index) != null;
        if (success) {
            record.success(queued, streamed);
        } else {
            record.failure(queued, failureReason(index));
        }
        if (environment.decoupled() && !streamed && !rescheduled.get(index)) { // a sender records its responses itself
            record.onlyResponse(success);
        }
        return success;
    }

    private FailureReason failureReason(int index) {
        boolean cancelled = outcomes.get(index) instanceof InferenceException error
                ? error.code() == ErrorCode.CANCELLED
                : requests.get(index).isCancelled();
        return cancelled ? FailureReason.CANCELED : FailureReason.BACKEND;
    }
}
