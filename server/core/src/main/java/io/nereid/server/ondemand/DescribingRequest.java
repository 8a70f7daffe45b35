package io.nereid.server.ondemand;

import io.nereid.inference.Cancellation;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.model.DescribedModel;
import io.nereid.server.model.ModelDemand;
import io.nereid.server.model.ServedModel;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A question what a model is like, which only the loaded model answers. */
final class DescribingRequest implements ModelDemand.Waiter {
    private final CompletableFuture<DescribedModel> answer = new CompletableFuture<>();

    private final List<Long> versions;

    private DescribingRequest(List<Long> versions) {
        this.versions = versions;
    }

    /**
     * Loads the model for it. Blocks.
     *
     * @param versions those that are meant; empty where that is not known
     *
     * @throws InferenceException why it was not loaded
     */
    static DescribedModel send(OnDemandModels models, String model, String version, List<Long> versions)
            throws InferenceException {
        DescribingRequest request = new DescribingRequest(versions);
        models.await(model, version, request);
        try {
            return request.answer.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof InferenceException error ? error : InferenceException.ofInternalError(e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new InferenceException(ErrorCode.UNAVAILABLE, "the server is exiting");
        }
    }

    @Override
    public void waits(Cancellation cancellation) {
        // it waits no longer than any request
    }

    @Override
    public void loaded(ModelHandle<ServedModel> held) {
        try {
            ServedModel model = held.model();
            answer.complete(new DescribedModel(versions.isEmpty() ? List.of(held.version()) : versions, model.config(),
                    model.signature()));
        } finally {
            held.release();
        }
    }

    @Override
    public void refused(InferenceException error) {
        answer.completeExceptionally(error);
    }
}
