package io.nereid.server.inference;

import io.nereid.inference.Cancellation;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.ResponseListener;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * The one answer that a program waits for. What nobody receives, because the request was cancelled or another response
 * came, is released here.
 */
final class SingleAnswer implements ResponseListener {
    private final CompletableFuture<InferenceResult> future = new CompletableFuture<>();
    /** The response so far; touched by one listener call after the other. */
    private @Nullable InferenceResponse response;

    CompletableFuture<InferenceResult> future() {
        return future;
    }

    /** Once nobody waits for an answer any more, or there were too many, the request is cancelled by this. */
    void cancelsWith(Cancellation cancellation) {
        future.whenComplete((_, error) -> {
            if (error != null) {
                cancellation.cancel();
            }
        });
    }

    InferenceResult await() throws InferenceException, InterruptedException {
        try {
            return future.get();
        } catch (InterruptedException e) {
            if (!future.cancel(false) && !future.isCompletedExceptionally()) {
                future.resultNow().close();
            }
            throw e;
        } catch (ExecutionException e) {
            throw (InferenceException) e.getCause(); // nothing else completes it
        }
    }

    @Override
    public void onResponse(InferenceResponse next, boolean last) {
        if (response != null || future.isDone()) {
            next.memory().release();
            onError(new InferenceException(ErrorCode.UNSUPPORTED,
                    "expected a single response, got more: a decoupled model is asked by send(listener)"));
            return;
        }
        response = next;
        if (last) {
            onEnd();
        }
    }

    @Override
    public void onFailedResponse(InferenceException error) {
        onError(error);
    }

    @Override
    public void onEnd() {
        InferenceResponse answer = response;
        response = null;
        if (answer == null) {
            future.completeExceptionally(
                    new InferenceException(ErrorCode.INTERNAL, "expected a single response, got 0"));
        } else {
            InferenceResult result = new InferenceResult(answer);
            if (!future.complete(result)) {
                result.close();
            }
        }
    }

    @Override
    public void onError(InferenceException error) {
        if (response != null) {
            response.memory().release();
            response = null;
        }
        future.completeExceptionally(error);
    }
}
