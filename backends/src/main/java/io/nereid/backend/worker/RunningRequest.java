package io.nereid.backend.worker;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.backend.worker.memory.Extent;
import io.nereid.backend.worker.memory.Extents;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Outcome;
import io.nereid.scheduler.instance.ResponseSender;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * A request that a worker has: what the worker calls it, the extents that its inputs lie in, and what becomes of its
 * responses. Responses may come before the scheduler's sender is there, and after the execution has ended; they are sent
 * one after the other, in the order in which they came, whichever threads bring them. Thread-safe.
 */
public final class RunningRequest {
    private static final Logger LOG = LoggerFactory.getLogger(RunningRequest.class);

    private final long handle;
    private final InferenceRequest request;
    private final BooleanSupplier cancelled;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private List<Extent> inputs = List.of();
    /** Whether the execution is under way, and may still answer by parts of the inputs. */
    @GuardedBy("lock")
    private boolean executing = true;
    /** Whether the worker has said that it has no use for the inputs any more. */
    @GuardedBy("lock")
    private boolean released;
    @GuardedBy("lock")
    private @Nullable ResponseSender sender;
    @GuardedBy("lock")
    private final ArrayDeque<Step> steps = new ArrayDeque<>(0);
    /** Whether a thread sends what is queued. */
    @GuardedBy("lock")
    private boolean sending;
    /** Whether an end was queued: what comes later is dropped. */
    @GuardedBy("lock")
    private boolean ended;

    /**
     * One thing to send.
     *
     * @param outcome null where only the end is to be sent
     * @param then what follows
     * @param sent runs when it was sent, or dropped
     */
    public record Step(@Nullable Outcome outcome, Then then, Runnable sent) {
        /** What follows a step. */
        public enum Then {
            /** Others. */
            MORE,
            /** Nothing: the request is over. */
            END,
            /** Nothing: the request runs again, and the rest goes by another sender. */
            NEXT_TURN
        }

        private static void nothing() {
            // Nobody waits.
        }

        /** An answer that nothing follows. */
        public static Step end(Outcome outcome) {
            return new Step(outcome, Then.END, Step::nothing);
        }

        /** The request runs again. */
        public static Step endOfTurn() {
            return new Step(null, Then.NEXT_TURN, Step::nothing);
        }

        /** The same, for which nobody waits. */
        private Step withoutWaiting() {
            return new Step(outcome, then, Step::nothing);
        }

        /** Whether sending it may wait for the client. */
        boolean mayBlock() {
            return then == Then.MORE;
        }
    }

    /**
     * @param handle what the worker calls it; never 0
     * @param cancelled whether nobody waits for its answer; asked on any thread
     */
    RunningRequest(long handle, InferenceRequest request, BooleanSupplier cancelled) {
        this.handle = handle;
        this.request = request;
        this.cancelled = cancelled;
    }

    public long handle() {
        return handle;
    }

    public InferenceRequest request() {
        return request;
    }

    /** Notes an extent that the worker has for this request. */
    void lend(Extent extent) {
        lock.lock();
        try {
            if (inputs.isEmpty()) {
                inputs = new ArrayList<>(2);
            }
            inputs.add(extent);
        } finally {
            lock.unlock();
        }
    }

    /** Takes the extents back, unless that has been done. */
    void takeBack(Extents extents) {
        List<Extent> lent;
        lock.lock();
        try {
            lent = inputs;
            inputs = List.of();
        } finally {
            lock.unlock();
        }
        lent.forEach(extents::remove);
    }

    /** The worker has no use for the inputs any more; what it has answered by them may not have been read yet. */
    void release(Extents extents) {
        lock.lock();
        try {
            released = true;
            if (executing) {
                return;
            }
        } finally {
            lock.unlock();
        }
        takeBack(extents);
    }

    /**
     * The execution has ended, and its answers were read.
     *
     * @param kept whether the worker still refers to the inputs
     */
    void executed(boolean kept, Extents extents) {
        boolean takeBack;
        lock.lock();
        try {
            executing = false;
            takeBack = !kept || released;
        } finally {
            lock.unlock();
        }
        if (takeBack) {
            takeBack(extents);
        }
    }

    /** Whether nothing will come of it any more: neither a response nor a word about its inputs. */
    boolean isSettled() {
        lock.lock();
        try {
            return !executing && inputs.isEmpty() && (sender == null || ended);
        } finally {
            lock.unlock();
        }
    }

    /** Whether its execution has ended, and its responses have not. */
    boolean hasOpenSender() {
        lock.lock();
        try {
            return !executing && sender != null && !ended;
        } finally {
            lock.unlock();
        }
    }

    /** Whether its answers go by a sender of the scheduler's. */
    boolean hasSender() {
        lock.lock();
        try {
            return sender != null;
        } finally {
            lock.unlock();
        }
    }

    /** Whether nobody waits for its responses. */
    public boolean isCancelled() {
        if (cancelled.getAsBoolean()) {
            return true;
        }
        lock.lock();
        try {
            return sender != null && sender.isCancelled();
        } finally {
            lock.unlock();
        }
    }

    /** Here is the sender; what has come is sent by it. */
    public void sendBy(ResponseSender given) {
        lock.lock();
        try {
            sender = given;
        } finally {
            lock.unlock();
        }
        startSending();
    }

    /** Queues a response, an error or the end, and sends it if nothing else is being sent. Does not block. */
    public void send(Step step) {
        queue(step, false);
    }

    /**
     * As {@link #send}, but a response that is the only one to be sent counts as sent at once: so an execution that sends
     * one ends, and a client that does not read holds up nobody else in its batch.
     */
    void sendAhead(Step step) {
        queue(step, true);
    }

    private void queue(Step step, boolean mayBeAhead) {
        boolean dropped;
        boolean ahead;
        lock.lock();
        try {
            dropped = ended;
            ahead = mayBeAhead && !dropped && !sending && steps.isEmpty();
            if (!dropped) {
                ended = step.then != Step.Then.MORE;
                steps.addLast(ahead ? step.withoutWaiting() : step);
            }
        } finally {
            lock.unlock();
        }
        if (dropped) {
            drop(step);
            return;
        }
        if (ahead) {
            step.sent.run();
        }
        startSending();
    }

    private static void drop(Step step) {
        if (step.outcome instanceof InferenceResponse response) {
            response.memory().release();
        }
        step.sent.run();
    }

    private void startSending() {
        boolean elsewhere;
        lock.lock();
        try {
            if (sending || sender == null || steps.isEmpty()) {
                return;
            }
            sending = true;
            elsewhere = steps.stream().anyMatch(Step::mayBlock);
        } finally {
            lock.unlock();
        }
        if (elsewhere) {
            Thread.ofVirtual().name("send-" + handle).start(this::sendAll);
        } else {
            sendAll();
        }
    }

    private void sendAll() {
        for (Step step = next(); step != null; step = next()) {
            sendNow(step);
        }
    }

    private @Nullable Step next() {
        lock.lock();
        try {
            Step next = steps.pollFirst();
            sending = next != null;
            return next;
        } finally {
            lock.unlock();
        }
    }

    private void sendNow(Step step) {
        ResponseSender by;
        lock.lock();
        try {
            by = sender;
        } finally {
            lock.unlock();
        }
        try {
            if (by != null) {
                sendNow(step, by);
            }
        } catch (IllegalStateException e) { // the scheduler has ended it: the execution has failed
            LOG.debug("request '{}': {}", request.id(), e.getMessage());
        } finally {
            step.sent.run();
        }
    }

    private static void endBy(Step step, ResponseSender by) {
        if (step.then == Step.Then.NEXT_TURN) {
            by.endTurn();
        } else {
            by.end();
        }
    }

    private static void sendNow(Step step, ResponseSender by) {
        boolean last = step.then == Step.Then.END;
        switch (step.outcome) {
            case null -> endBy(step, by);
            case InferenceException error when last -> by.fail(error);
            case InferenceException error -> by.sendError(error);
            case InferenceResponse response when last -> by.sendLast(response);
            case InferenceResponse response -> by.send(response);
        }
    }
}
