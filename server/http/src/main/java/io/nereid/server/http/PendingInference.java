package io.nereid.server.http;

import io.nereid.inference.Cancellation;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.inference.CodecThreads;
import io.nereid.server.protocol.ClientRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * A request that a model runs, and that has one response. It hears the end of it on an instance thread and hands it on to the connection's event loop,
 * or to a thread for long answers, where it is written; that hand-over orders its fields.
 */
final class PendingInference implements PendingAnswer, Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(PendingInference.class);

    private final HttpInference inference;
    private final ClientRequest request;
    private final CodecThreads threads;
    private @Nullable InferenceResponse response;
    private @Nullable InferenceException error;

    PendingInference(HttpInference inference, ClientRequest request, CodecThreads threads) {
        this.inference = inference;
        this.request = request;
        this.threads = threads;
    }

    @Override
    public void begun(Cancellation cancellation) {
        inference.exchange().whenAbandoned(cancellation::cancel);
    }

    @Override
    public void onResponse(InferenceResponse answer, boolean last) {
        response = answer;
        HttpExchange exchange = inference.exchange();
        long bytes = inference.codec().bytesToWrite(exchange, request, answer);
        handOver(threads.executor(bytes, exchange.executor()));
    }

    @Override
    public void onError(InferenceException failure) {
        error = failure;
        handOver(inference.exchange().executor());
    }

    private void handOver(Executor executor) {
        if (inference.exchange().isAbandoned()) {
            drop(); // here, since the event loop may be about to end
            return;
        }
        try {
            executor.execute(this);
        } catch (RejectedExecutionException _) {
            drop(); // the server has ended, and the connection with it
        }
    }

    private void drop() {
        if (response != null) {
            response.memory().release();
        }
        inference.drop();
    }

    /** Answers, if there is still somebody to answer to. */
    @Override
    public void run() {
        if (inference.exchange().isAbandoned()) {
            drop();
        } else if (response == null) {
            inference.fail(Objects.requireNonNull(error));
        } else {
            answer(response);
        }
    }

    private void answer(InferenceResponse made) {
        HttpReply reply;
        try {
            reply = inference.codec().answer(inference.exchange(), inference.admitted(), request, made);
        } catch (InferenceException e) {
            inference.fail(e);
            return;
        } catch (RuntimeException | Error e) { // unanswered, the client would wait for ever, and so would the drain
            LOG.error("the answer of {} could not be written", inference.admitted().model(), e);
            inference.fail(InferenceException.ofDefect(e));
            return;
        }
        inference.answer(reply);
    }
}
