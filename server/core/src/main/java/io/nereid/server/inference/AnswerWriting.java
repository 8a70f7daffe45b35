package io.nereid.server.inference;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.ResponseListener;
import io.nereid.server.inference.CallState.Event;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * The second half of a call, from QUEUED on: shapes what the model gives as the client asked for it, and has the transport
 * write it on the thread where that belongs. Owns the targets of the outputs, and each response until it is encoded or
 * dropped.
 *
 * <p>The thread on which the model responds works on it, or the one to which that hands the answer over; each hand-over
 * orders the plain fields.
 */
final class AnswerWriting<M> implements ResponseListener, Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(AnswerWriting.class);

    private final StatefulCall<M> call;
    private RequestedResponse requested = RequestedResponse.ALL;
    /** Where the responses go that do not go straight to the call.transport(). */
    private @Nullable ResponseStream<M> stream;
    /** The answer while it is handed to another thread; so for the next one. */
    private @Nullable InferenceResponse response;
    private @Nullable InferenceException error;

    AnswerWriting(StatefulCall<M> call) {
        this.call = call;
    }

    /** What the client wants, whose targets are this one's from here on. */
    void asks(RequestedResponse wanted) {
        requested = wanted;
    }

    /** The request is about to be queued: responses may come. */
    void begin() {
        if (call.transport().windowBytes() > 0) {
            stream = new ResponseStream<>(call, this);
        }
    }

    // What the model says

    @Override
    public void onResponse(InferenceResponse given, boolean last) {
        ResponseStream<M> paced = stream;
        if (!last) {
            call.on(Event.RESPONSE);
        }
        if (paced != null) {
            paced.add(given, last);
            return;
        }
        Executor executor = call.threads().executor(workToWrite(given), call.transport().executor());
        if (executor.equals(InferenceTransport.CALLER)) {
            write(given, last);
        } else {
            response = given;
            handOver(executor);
        }
    }

    @Override
    public void onFailedResponse(InferenceException failure) {
        call.on(Event.RESPONSE);
        ResponseStream<M> paced = stream;
        if (paced != null) {
            paced.fail(failure, false);
        } else {
            fail(failure, false);
        }
    }

    @Override
    public void onEnd() {
        if (!call.transport().isStream()) {
            ResponseListener.super.onEnd();
        } else if (stream != null) {
            stream.end();
        } else {
            end();
        }
    }

    @Override
    public void onError(InferenceException failure) {
        ResponseStream<M> paced = stream;
        if (paced != null) {
            paced.fail(failure, true);
        } else if (call.transport().executor().equals(InferenceTransport.CALLER)) {
            fail(failure, true);
        } else {
            error = failure;
            handOver(call.transport().executor());
        }
    }

    /** What writing a response takes, as of {@link InferenceTransport#workToWrite}; too much where it waits. */
    long workToWrite(InferenceResponse given) {
        return requested.shapesSlowly(given) ? Long.MAX_VALUE : call.transport().workToWrite(given);
    }

    /** Nothing is left to the event loop of a client that has gone: it may be about to end. */
    private void handOver(Executor executor) {
        if (call.isCancelled()) {
            run();
            return;
        }
        try {
            executor.execute(this);
        } catch (RejectedExecutionException _) { // the server has ended, and the connection with it
            call.close();
            run();
        }
    }

    /** Writes the answer that was handed over. */
    @Override
    public void run() {
        InferenceResponse given = response;
        response = null;
        if (given != null) {
            write(given, true);
        } else {
            fail(Objects.requireNonNull(error), true);
        }
    }

    // What the client gets

    /** Sends a response, or drops it where nobody waits for it; on the thread that writes the answer. */
    void write(InferenceResponse given, boolean last) {
        if (call.isCancelled()) {
            given.memory().release();
            if (last) {
                call.drop();
            }
            return;
        }
        InferenceResponse shaped = given;
        M encoded;
        try {
            shaped = requested.shape(call.model().model().signature(), given, call.service().memory());
            encoded = call.transport().encode(call, shaped, last);
        } catch (InferenceException e) {
            shaped.memory().release();
            fail(e, last);
            return;
        } catch (RuntimeException | Error e) { // unanswered, the client would wait for ever
            LOG.error("a response of {} could not be written", call.model(), e);
            shaped.memory().release();
            fail(InferenceException.ofInternalError(e), last);
            return;
        }
        if (last) {
            call.answered();
        }
        try {
            call.transport().send(call, encoded, last);
        } catch (RuntimeException | Error e) {
            sendingFailed(e);
        }
    }

    /** Sends an error, likewise. */
    void fail(InferenceException failure, boolean last) {
        if (call.isCancelled()) {
            if (last) {
                call.drop();
            }
            return;
        }
        call.observeFailure(failure);
        if (!last || call.answered()) {
            try {
                call.transport().fail(call, failure, last);
            } catch (RuntimeException | Error e) {
                sendingFailed(e);
            }
        }
    }

    /** Ends a stream that has not said that it ends, likewise. */
    void end() {
        if (call.isCancelled()) {
            call.drop();
        } else if (call.answered()) {
            try {
                call.transport().end(call);
            } catch (RuntimeException | Error e) {
                sendingFailed(e);
            }
        }
    }

    /** What is still to come is for nobody, and must not be held. */
    private void sendingFailed(Throwable e) {
        LOG.error("an answer to a request could not be sent", e);
        call.close();
    }

    /** {@link InferenceCall#waits}. */
    Lease waits(long bytes, boolean last) {
        ResponseStream<M> paced = stream;
        if (paced != null) {
            return paced.waits(bytes, last);
        }
        call.waiting(bytes);
        return last ? call : Lease.NONE;
    }

    // The end

    /** Nothing more is wanted of a request that was queued: its model does not wait for the client. On any thread. */
    void close() {
        ResponseStream<M> paced = stream;
        if (paced != null) {
            paced.close();
        }
    }

    /** Gives the targets of the outputs back. */
    void release() {
        requested.release();
    }
}
