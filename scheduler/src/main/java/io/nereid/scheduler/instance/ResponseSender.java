package io.nereid.scheduler.instance;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.ResponseListener;
import io.nereid.scheduler.Execution;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.scheduler.Release;
import io.nereid.statistics.ResponseEnd;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Sends the responses of one request: any number, none included, and then exactly one end, where the model is
 * decoupled; else exactly one response, by {@link #sendLast}, or a failure. A backend takes it by {@link Batch#sender}
 * and may keep it for longer than the execution, on threads of its own. The memory of the request's inputs is released
 * when the execution ends all the same, unless the backend took that too ({@link Batch#keepMemory}).
 *
 * <p>Used by one thread at a time, handed over as threads hand things over; only {@link #isCancelled} and
 * {@link #onCancel} may be called by any. Whoever has a sender must end it, since the client waits for that and so
 * does the unloading of the model. In a try-with-resources statement it ends whatever happens:
 *
 * {@snippet :
 * try (ResponseSender sender = batch.sender(index)) {
 *     while (!sender.isCancelled() && hasMore()) {
 *         sender.send(next()); // may block while the client is slow
 *     }
 *     sender.end(); } }
 *
 * If {@link ModelInstance#execute} throws, the senders taken from its batch are ended with that failure.
 *
 * <p>A sender whose request was cancelled sends nothing more and releases what it is given; its listener receives
 * {@link ErrorCode#CANCELLED} when the backend ends it, however it does so.
 */
public final class ResponseSender implements AutoCloseable, Execution {
    private final QueuedRequest request;
    private final ResponseListener listener;
    private final InstanceEnvironment environment;
    private final OpenSenders open;

    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private State state = State.IDLE;
    /** Why it ends as soon as the call under way returns. */
    @GuardedBy("lock")
    private @Nullable InferenceException aborted;
    /** What the backend does when the request is cancelled. */
    @GuardedBy("lock")
    private @Nullable Runnable ifCancelled;
    /** Changes under the lock. */
    private volatile boolean cancelled;
    private volatile boolean failed;
    /** How it has ended; null while it has not. */
    @GuardedBy("lock")
    private @Nullable Release released;
    /** What waits for that. */
    @GuardedBy("lock")
    private @Nullable Consumer<Release> ifReleased;

    // Those of the call under way; the lock hands them over.

    /** How many responses were sent. */
    private int sent;
    /** When the model began with the next response. */
    private long startNanos;
    /** When it had computed the next response; meaningless until the backend has said so. */
    private long outputsStartNanos;
    private boolean outputsStarted;

    private enum State {
        IDLE,
        /** A call is under way. */
        BUSY,
        ENDED
    }

    /**
     * Of a request that runs.
     *
     * @param listener receives the responses
     * @param startNanos when the execution began
     */
    ResponseSender(QueuedRequest request, ResponseListener listener, InstanceEnvironment environment,
            OpenSenders open, long startNanos) {
        this.request = request;
        this.listener = listener;
        this.environment = environment;
        this.open = open;
        this.startNanos = startNanos;
        this.sent = request.responses();
        open.opened();
    }

    /** Whether nobody wants further responses: the backend should end, and need compute no more. On any thread. */
    public boolean isCancelled() {
        return cancelled;
    }

    /**
     * Registers what to do when the request is cancelled, instead of what was registered before: as to wake the thread
     * that waits for the next response. {@code step} runs at most once, on the thread that cancels, or at once if that
     * has happened; it returns quickly, throws nothing, and does not run when the sender has ended. On any thread.
     */
    public void onCancel(Runnable step) {
        lock.lock();
        try {
            if (state == State.ENDED) {
                return;
            }
            if (!cancelled) {
                ifCancelled = step;
                return;
            }
        } finally {
            lock.unlock();
        }
        run(step);
    }

    /**
     * Says that the next response has been computed and its outputs are being made; without it compute output counts no
     * time in the statistics of responses.
     */
    public void outputsStart() {
        outputsStarted = true;
        outputsStartNanos = environment.clock().nanoTime();
    }

    /**
     * Sends a response that others may follow; the sender owns it from here on. Blocks while the client does not take
     * what was sent, until it does or cancels the request.
     *
     * @throws IllegalStateException if the sender has ended, or the model is not decoupled; the response is released
     *     then
     */
    public void send(InferenceResponse response) {
        if (!environment.decoupled()) {
            release(response);
            throw new IllegalStateException("the model is not decoupled: each request has exactly one response");
        }
        respond(response, false);
    }

    /**
     * Sends the last response; the sender owns it from here on. Does not block.
     *
     * @throws IllegalStateException if the sender has ended; the response is released then
     */
    public void sendLast(InferenceResponse response) {
        respond(response, true);
    }

    /**
     * Sends an error in the place of a response; others may follow.
     *
     * @throws IllegalStateException if the sender has ended, or the model is not decoupled
     */
    public void sendError(InferenceException error) {
        if (!environment.decoupled()) {
            throw new IllegalStateException("the model is not decoupled: each request has exactly one response");
        }
        begin();
        if (!cancelled) {
            record(ResponseEnd.FAIL);
            call(to -> to.onFailedResponse(error));
            sent++;
            outputsStarted = false;
            startNanos = environment.clock().nanoTime();
        }
        finish(null);
    }

    private void respond(InferenceResponse response, boolean last) {
        try {
            begin();
        } catch (IllegalStateException e) {
            release(response);
            throw e;
        }
        if (cancelled) {
            release(response);
            if (last) {
                sendCancelled();
            }
        } else {
            long now = environment.clock().nanoTime();
            long computed = outputsStarted ? outputsStartNanos : now;
            if (environment.decoupled()) {
                environment.statistics().recordResponse(sent, computed - startNanos, now - computed);
            }
            if (sent == 0) {
                environment.statistics().recordFirstResponse(now - request.arrivedNanos());
            }
            call(listener -> listener.onResponse(response, last));
            sent++;
            outputsStarted = false;
            startNanos = environment.clock().nanoTime(); // a client that is slow is not the model's time
        }
        finish(last ? Release.ALL : null);
    }

    /**
     * Ends without a further response; of a model that is not decoupled, that is an error for the client.
     *
     * @throws IllegalStateException if it has ended
     */
    public void end() {
        begin();
        if (cancelled) {
            sendCancelled();
        } else {
            record(ResponseEnd.EMPTY);
            call(ResponseListener::onEnd);
        }
        finish(Release.ALL);
    }

    /**
     * Ends this sender, and not the request, which the execution has put back ({@link Batch#reschedule}): what it is
     * answered by from now on goes by the sender of its next execution.
     *
     * @throws IllegalStateException if it has ended
     */
    public void endTurn() {
        begin();
        request.answered(sent);
        finish(Release.RESCHEDULE);
    }

    /**
     * Calls {@code step} once, with {@link Release#RESCHEDULE} if it ends by {@link #endTurn} and with {@link Release#ALL}
     * if it ends in any other way: on the thread that ends it, or at once if that has happened.
     */
    void whenReleased(Consumer<Release> step) {
        Release how;
        lock.lock();
        try {
            how = released;
            ifReleased = how == null ? step : null;
        } finally {
            lock.unlock();
        }
        if (how != null) {
            step.accept(how);
        }
    }

    /**
     * Ends with a failure.
     *
     * @throws IllegalStateException if it has ended
     */
    public void fail(InferenceException error) {
        begin();
        endWithError(error);
        finish(Release.ALL);
    }

    /** Ends with a failure unless it has ended. */
    @Override
    public void close() {
        if (!hasEnded()) {
            fail(new InferenceException(ErrorCode.INTERNAL, "the backend did not finish the request"));
        }
    }

    /** Whether it has ended, in any way. On any thread. */
    boolean hasEnded() {
        lock.lock();
        try {
            return state == State.ENDED;
        } finally {
            lock.unlock();
        }
    }

    /**
     * The execution that gave it away has failed: ends, at once or when the call under way returns. In the meantime the
     * backend may have handed it to a thread that knows nothing of this and will find it ended.
     */
    void abort(InferenceException error) {
        lock.lock();
        try {
            if (state != State.IDLE) {
                aborted = error;
                return;
            }
            state = State.ENDED; // for the backend it is over before the listener has received it
        } finally {
            lock.unlock();
        }
        endWithError(error);
        finish(Release.ALL);
    }

    /** The request is cancelled, on any thread. */
    @Override
    public void cancel(QueuedRequest given) {
        Runnable step;
        lock.lock();
        try {
            if (cancelled || state == State.ENDED) {
                return;
            }
            cancelled = true;
            step = ifCancelled;
            ifCancelled = null;
        } finally {
            lock.unlock();
        }
        if (step != null) {
            run(step);
        }
    }

    /** Whether it has ended with a failure. On any thread. */
    boolean hasFailed() {
        return failed;
    }

    /** Whether nothing has gone wrong until now. On any thread. */
    boolean isSuccessful() {
        return !failed && !cancelled;
    }

    private void begin() {
        lock.lock();
        try {
            if (state != State.IDLE) {
                throw new IllegalStateException(state == State.ENDED ? "the responses of request '"
                        + request.request().id() + "' have ended"
                        : "the sender of request '" + request.request().id() + "' is used by two threads at a time");
            }
            state = State.BUSY;
        } finally {
            lock.unlock();
        }
    }

    /** The call under way returns; {@code end} is null where the sender goes on. */
    private void finish(@Nullable Release end) {
        InferenceException failure;
        Consumer<Release> step = null;
        lock.lock();
        try {
            failure = end == Release.ALL ? null : aborted;
            if (failure == null) {
                state = end == null ? State.IDLE : State.ENDED;
                ifCancelled = end == null ? ifCancelled : null;
                released = end;
                step = end == null ? null : ifReleased;
            }
        } finally {
            lock.unlock();
        }
        if (failure != null) {
            endWithError(failure);
            finish(Release.ALL);
        } else if (end != null) {
            open.ended();
            if (step != null) {
                step.accept(end);
            }
        }
    }

    private void endWithError(InferenceException error) {
        if (cancelled) {
            sendCancelled();
            return;
        }
        failed = true;
        record(ResponseEnd.FAIL);
        call(listener -> listener.onError(error));
    }

    private void sendCancelled() {
        record(ResponseEnd.CANCEL);
        InferenceException error = new InferenceException(ErrorCode.CANCELLED,
                "the request was cancelled while it ran");
        call(listener -> listener.onError(error));
    }

    private void record(ResponseEnd end) {
        if (!environment.decoupled() || request.isNullRow()) {
            return; // who answers once has no statistics of responses
        }
        environment.statistics().recordEnd(sent, end, environment.clock().nanoTime() - startNanos);
    }

    /** A border: a listener that throws must not keep the request from its end. */
    private void call(Consumer<ResponseListener> what) {
        try {
            what.accept(listener);
        } catch (Throwable e) {
            environment.internalErrors().unexpected("a listener of responses", e);
        }
    }

    private void run(Runnable step) {
        try {
            step.run();
        } catch (Throwable e) {
            environment.internalErrors().unexpected("a cancelled request", e);
        }
    }

    private void release(InferenceResponse response) {
        try {
            response.memory().release();
        } catch (Throwable e) {
            environment.internalErrors().unexpected("the memory of a response", e);
        }
    }
}
