package io.nereid.server.http;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.ResponseListener;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.model.ServedModel;
import io.nereid.server.protocol.ClientRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * A request that a model runs. It hears the end of it on an instance thread and hands it on to the connection's event loop,
 * or to a thread for long answers, where it is written; that hand-over orders its fields.
 */
final class PendingInference implements ResponseListener, Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(PendingInference.class);

    private final HttpExchange exchange;
    private final ModelHandle<ServedModel> model;
    private final ClientRequest request;
    private final InferenceCodec codec;
    private final CodecThreads threads;
    private @Nullable InferenceResponse response;
    private @Nullable InferenceException error;

    PendingInference(HttpExchange exchange, ModelHandle<ServedModel> model, ClientRequest request,
            InferenceCodec codec, CodecThreads threads) {
        this.exchange = exchange;
        this.model = model;
        this.request = request;
        this.codec = codec;
        this.threads = threads;
    }

    @Override
    public void onResponse(InferenceResponse answer) {
        response = answer;
        handOver(threads.executor(codec.bytesToWrite(exchange, request, answer), exchange.executor()));
    }

    @Override
    public void onError(InferenceException failure) {
        error = failure;
        handOver(exchange.executor());
    }

    private void handOver(Executor executor) {
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
        model.release();
    }

    /** Answers. */
    @Override
    public void run() {
        try {
            if (response == null) {
                codec.fail(exchange, Objects.requireNonNull(error));
            } else {
                codec.answer(exchange, model, request, response);
            }
        } catch (InferenceException e) {
            codec.fail(exchange, e);
        } catch (RuntimeException | Error e) { // unanswered, the client would wait for ever, and so would the drain
            LOG.error("the answer of {} could not be written", model, e);
            codec.fail(exchange, new InferenceException(ErrorCode.INTERNAL,
                    "internal error: " + e.getClass().getSimpleName()));
        } finally {
            model.release();
        }
    }
}
